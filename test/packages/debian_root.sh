# Bare roots of Debian 12 to try things in, for the tests here. Sourced; needs root.
#
#   debian_tar          makes $ROOT/build-check/debian12.tar if it is not there: minbase by debootstrap, apt's sources and settings
#                       those of this machine and its lists fetched, no service allowed to start. Removed, it is made anew.
#   debian_unpack DIR   a root of its own
#   debian_enter DIR COMMAND…   COMMAND in it, with /proc and a small /dev, in a mount namespace of its own: however that ends, no
#                       mount is left
#
# ROOT is the checkout (lib.sh sets it).

debian_tar() {
    [ ! -e "$ROOT/build-check/debian12.tar" ] || return 0
    mkdir -p "$ROOT/build-check" && debian_new=$(mktemp -d "${TMPDIR:-/var/tmp}/debian12.XXXXXX") && chmod 755 "$debian_new" || return
    debian_make "$debian_new" >"$ROOT/build-check/debian12.log" 2>&1 &&
        tar -C "$debian_new" -cf "$ROOT/build-check/debian12.part" . && mv "$ROOT/build-check/debian12.part" "$ROOT/build-check/debian12.tar"
    made=$?
    rm -rf --one-file-system "$debian_new"
    [ "$made" = 0 ] || echo "could not make a root of Debian 12: see build-check/debian12.log" >&2
    return "$made"
}

# What this machine knows of Debian 12, as lines for sources.list.
debian_sources() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
        grep ' bookworm' | sort -u
}

debian_make() {
    sources=$(debian_sources)
    [ -n "$sources" ] || sources='deb http://deb.debian.org/debian bookworm main'
    mirror=$(printf '%s\n' "$sources" | sed -n 's/^deb \([^ ]*\) bookworm main$/\1/p' | head -1)
    unshare -m debootstrap --variant=minbase --include=ca-certificates bookworm "$1" "${mirror:-http://deb.debian.org/debian}" || return
    printf '%s\n' "$sources" >"$1/etc/apt/sources.list"
    apt-config dump | grep -E '^Acquire::(Check|http|https|Retries)' >"$1/etc/apt/apt.conf.d/99machine"
    cp /etc/resolv.conf /etc/hosts "$1/etc/"
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d" && chmod 755 "$1/usr/sbin/policy-rc.d"
    debian_enter "$1" apt-get update
}

debian_unpack() { debian_tar && mkdir -p "$1" && tar -C "$1" -xf "$ROOT/build-check/debian12.tar"; }

debian_enter() {
    DEBIAN_ROOT=$1
    shift
    export DEBIAN_ROOT
    unshare -m --propagation private sh -c '. "$0" && debian_mount "$DEBIAN_ROOT" && exec chroot "$DEBIAN_ROOT" env DEBIAN_FRONTEND=noninteractive "$@"' \
        "$ROOT/test/packages/debian_root.sh" "$@"
}

# The mounts a root needs; for whoever is in a mount namespace already.
debian_mount() {
    mount -t proc proc "$1/proc" && mount -t tmpfs -o mode=755 dev "$1/dev" && mkdir "$1/dev/shm" "$1/dev/pts" || return
    for device in null zero full random urandom tty; do
        : >"$1/dev/$device" && mount --bind "/dev/$device" "$1/dev/$device" || return
    done
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts" && ln -s pts/ptmx "$1/dev/ptmx" && ln -s /proc/self/fd "$1/dev/fd"
}
