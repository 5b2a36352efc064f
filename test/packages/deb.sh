# Steps for the package in roots of Debian 12: a root of one's own over one that all share ($WORK/base), who does something in it, and the
# service as its unit has it. Sourced after lib.sh and debian_root.sh, in a mount namespace and a network of the scenario's own.

# root: this scenario's own, over the one that all share.
root() {
    mkdir upper work R && mount -t overlay -o "lowerdir=$WORK/base,upperdir=$T/upper,workdir=$T/work" none R &&
        debian_mount R && ip link set lo up && DATA=$T/R/var/lib/docket && HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin &&
        unset DOCKET_DATA
}
# in_root COMMAND…: its words in the file out, both kinds. as USER COMMAND…: by that user, with its groups.
in_root() {
    DEBIAN_FRONTEND=noninteractive chroot R "$@" >out 2>&1 </dev/null
    EXIT=$?
    say "$* -> $EXIT"
    tail -n 15 out >&2
    return "$EXIT"
}
as() {
    user=$1
    shift
    in_root setpriv --reuid "$user" --regid "$user" --init-groups env HOME="$(chroot R getent passwd "$user" | cut -d: -f6)" "$@"
}
user() { in_root useradd -m "$@"; }
install() { in_root apt-get install -y --no-install-recommends "$@" -o Dpkg::Options::=--force-confdef; }
installed() { install /root/docket.deb; }
state_of() { in_root dpkg-query -W -f '${db:Status-Abbrev}${Version}' docket; }
version() { dpkg-deb -f "$PACKAGE" Version; }
is_installed() { state_of && is "$(cat out)" "ii ${1:-$(version)}"; }

# service: its ExecStart as the unit has it, until it is ready; its words, which would be the journal, in journal.log.
UNITS=lib/systemd/system
service() {
    [ -s told ] || python3 "$HERE/notify.py" "@docket-$$" "$T/told" &
    wait_for '[ -s told ]' && : >told.before && wc -l <told >told.before &&
        { /usr/bin/python3 "$ROOT/test/packages/service.py" "R/$UNITS/docket.service" R "NOTIFY_SOCKET=@docket-$$" \
            WATCHDOG_USEC=60000000 >>journal.log 2>&1 </dev/null & echo $! >"$T/service.pid"; } &&
        wait_for 'tail -n +$(($(cat told.before) + 1)) told | grep -q "^READY=1.*200" || ! alive' && alive
}
alive() { grep -q '^State:.[^Z]' "/proc/$(cat "$T/service.pid")/status" 2>/dev/null; }
service_stops() { # it must end with 0
    kill -TERM "$(cat "$T/service.pid")" && service_left 0
}
service_left() {
    wait "$(cat "$T/service.pid")"
    r=$?
    rm "$T/service.pid"
    is "$r" "$1"
}
once() {
    /usr/bin/python3 "$ROOT/test/packages/service.py" "R/$UNITS/$1" R >out 2>&1
    EXIT=$?
    say "$1 -> $EXIT"
    cat out >&2
    return "$EXIT"
}
