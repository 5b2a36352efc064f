#!/bin/sh
# A machine as new: a bare Debian 12 in a folder of its own, with a clone of this tree, in which ./dev runs as the README says.
# fresh.sh PLACE [COMMAND…]: PLACE holds the clone and takes the root; each COMMAND is what ./dev is called with ('check docs').
# As root. Mounts and processes are in namespaces of their own, so they are gone with this script, however it ends; PLACE is its
# caller's to remove.
set -eu
if [ -z "${FRESH_INSIDE-}" ]; then
    FRESH_INSIDE=yes unshare --mount --pid --fork --kill-child=KILL --propagation private sh "$0" "$@" &
    trap 'kill -KILL $!' INT TERM HUP # it heeds no other, and takes all of them with it
    wait $!
    exit
fi
ROOT=$(cd "$(dirname "$0")/.." && pwd)
. "$ROOT/test/packages/debian_root.sh"
place=$1 root=$1/root
shift
[ $# -gt 0 ] || set -- demo check

say() { printf '%s\n' "$*"; }

make_root() {
    debian_unpack "$root"
    mount --bind "$root" "$root" # tests in there make namespaces, for which / must be a mount
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --rbind /sys "$root/sys"
    mount -t tmpfs -o mode=755 run "$root/run"
    rm "$root/usr/sbin/policy-rc.d" # here services are to be as they come
    mv "$place/clone" "$root/root/docket"
}

inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 ${TERM:+TERM="$TERM"} ${http_proxy:+http_proxy="$http_proxy"} \
        ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} chroot "$root" /bin/sh -c "$1"
}

say "making a bare Debian 12 in $root"
make_root
inside '. /etc/os-release && echo "$PRETTY_NAME $(cat /etc/debian_version): $(dpkg-query -W | wc -l) packages"'
for command; do
    say "# ./dev $command"
    inside "cd /root/docket && ./dev $command" </dev/null || { say "./dev $command failed in it" >&2; exit 1; }
done
