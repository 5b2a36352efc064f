# The Debian package, in bare roots of Debian 12: installed, used, upgraded, removed, purged. No systemd runs there; what it would do
# is done by hand (service.py). Each scenario has a root, a mount namespace and a network of its own, so port 5000 is free. As root.
if [ -n "${SCENARIO:-}" ] && [ -z "${OWN_SPACE:-}" ]; then
    OWN_SPACE=1 exec unshare -m -n --propagation private sh "$0"
fi
. "$(dirname "$0")/../t/lib.sh"
. "$ROOT/test/packages/debian_root.sh"
. "$ROOT/test/packages/deb.sh"

# Once for the file: a root with what the package depends on fetched, and two packages: ours, and one that came before it.
prepare() {
    WORK=$(mktemp -d /var/tmp/docket-deb.XXXXXX) && trap 'rm -rf --one-file-system "$WORK"' EXIT &&
        PACKAGE=$(ls "$ROOT"/dist/docket_*_"$(dpkg --print-architecture)".deb | tail -1) && debian_unpack "$WORK/base" &&
        cp "$PACKAGE" "$WORK/base/root/docket.deb" && previous &&
        debian_enter "$WORK/base" apt-get install -y --no-install-recommends --download-only /root/docket.deb >"$WORK/apt.log" 2>&1 ||
        { tail -n 20 "$WORK/apt.log"; return 1; }
    export WORK PACKAGE
}
# The package that came before: a lower version, which knows schemas up to 3.
previous() {
    repack 0.0.9~previous "$WORK/base/root/previous.deb" 's/-gt .[0-9]*. \]/-gt 3 ]/; s/schemas up to [0-9]*/schemas up to 3/'
}
# repack VERSION FILE SED: ours under another version, its preinst edited.
repack() {
    rm -rf "$WORK/tree" && dpkg-deb -R "$PACKAGE" "$WORK/tree" && sed -i "s/^Version: .*/Version: $1/" "$WORK/tree/DEBIAN/control" &&
        sed -i "$3" "$WORK/tree/DEBIAN/preinst" && dpkg-deb --root-owner-group -b "$WORK/tree" "$2" >/dev/null
}

# files: everything in the root that a package could leave, but for what dpkg, apt and the accounts keep of themselves.
files() {
    find R -xdev \( -path R/proc -o -path R/dev -o -path R/root -o -path R/var/lib/dpkg -o -path R/var/cache -o -path R/var/log \
        -o -path R/var/lib/apt -o -path R/tmp \) -prune -o -printf '%P %y %m %u %g\n' |
        grep -vE '^(etc/(passwd|group|shadow|gshadow|subuid|subgid)-?|etc/ld.so.cache|etc|run|run/lock|run/adduser|etc/\.pwd\.lock) ' | sort
}
old_store() { sqlite3 R/var/lib/docket/docket.db <"$ROOT/test/packages/store-3.sql" >/dev/null && chroot R chown -R docket:docket /var/lib/docket; }
newer_store() { sqlite3 R/var/lib/docket/docket.db 'PRAGMA user_version = 9999'; }
counts_are() { # QUEUE STATE=N…
    queue=$1
    shift
    in_root docket show "$queue" --json && is "$(jq -r '.counts|to_entries[]|select(.value>0)|"\(.key)=\(.value)"' out | tr '\n' ' ')" "$* "
}
# The -shm file is memory of a server that runs.
untouched() { (cd R && find usr/bin/docket etc/docket lib/systemd var/lib/docket var/lib/dpkg/info/docket.* -type f ! -name "*-shm" -exec md5sum {} +) | sort -k2; }

if [ -z "${SCENARIO:-}" ]; then
    prepare || { echo "not ok the package's tests could be prepared ($(basename "$0"))"; exit 1; }
fi

it 'lintian finds no error, and nothing to warn of' '
    lintian --allow-root --no-cfg --fail-on error,warning "$PACKAGE" >lint; r=$?; cat lint >&2; is $r 0'

it 'the units: nothing to complain of, and little exposed' '
    root && installed && mkdir units && cp R/$UNITS/docket* units/ && sed -i "s|=/usr/bin/docket|=$T/R/usr/bin/docket|; s|^Documentation=.*||" units/*.service units/*.timer &&
    systemd-analyze verify units/docket.service units/docket-backup.service units/docket-backup.timer >verify 2>&1 &&
    cat verify >&2 && not test -s verify && for unit in docket docket-backup; do
    systemd-analyze security --offline=yes --threshold=20 --no-pager units/$unit.service >security || return; tail -1 security >&2; done &&
    grep "^Documentation" R/$UNITS/docket*.service R/$UNITS/docket*.timer | grep -o "man:[^ ]*" | sort -u | tr -d ":)" | tr "(" " " | while read page number; do
    test -e R/usr/share/man/man$number/${page#man}.$number.gz || return; done'

it 'installed: user and group, directories, settings; dependencies came with it; no service was started' '
    root && files >before && installed && is_installed && not grep -iE "warning|error|cannot|fail" out && in_root getent passwd docket &&
    is "$(cut -d: -f6,7 out)" /var/lib/docket:/usr/sbin/nologin &&
    is "$(chroot R stat -c "%a %U %G" /var/lib/docket /var/backups/docket | tr "\n" " ")" "750 docket docket 700 docket docket " &&
    is "$(chroot R stat -c "%a %U" /etc/docket/docket.conf)" "644 root" && is "$(ls R/var/lib/docket)" "" &&
    in_root docket --version && has out "$(version | cut -d- -f1)" && test -h R/etc/systemd/system/multi-user.target.wants/docket.service &&
    not test -h R/etc/systemd/system/timers.target.wants/docket-backup.timer && in_root docket config --config /etc/docket/docket.conf &&
    test -e R/usr/share/man/man1/docket-serve.1.gz && test -e R/usr/share/bash-completion/completions/docket &&
    test -h R/usr/bin/qdo && in_root qdo --version && has out "qdo $(version | cut -d- -f1)" && test -e R/usr/share/man/man1/qdo.1.gz && test -e R/usr/share/bash-completion/completions/qdo'

it 'every setting is explained in docket.conf' '
    root && installed && in_root docket config --json && jq -r "keys[]" out | grep -vx config >names && while read -r name; do
    grep -qE "^#?$name = |^# .*\<$name\>" R/etc/docket/docket.conf || grep -q "The $name of the service" R/etc/docket/docket.conf ||
    { fail "docket.conf does not tell of $name"; return; }; done <names'

it 'the service: ready on 127.0.0.1:5000; root and the members of the group use it, a stranger is told who may' '
    root && installed && user member && in_root adduser --quiet member docket && user stranger && service &&
    has told "READY=1 STATUS=listening on http://127.0.0.1:5000 [200]" && in_root docket create q && as member docket add q -- echo hello &&
    in_root docket work q --idle-timeout 0 && as member docket output 1 && has out hello && exits 4 as stranger docket list &&
    has out "permission denied" && has out "members of the group docket may" && has out "adduser USER docket" &&
    exits 1 as stranger docket list --data /var/lib/docket && service_stops && has told STOPPING=1 && not test -s R/var/lib/docket/server'

it 'what it writes is nobody else'"'"'s to read, and nothing secret goes to the journal' '
    root && installed && service && in_root docket create q && in_root docket add q -- echo hello && AUTH="Bearer nonsense" api GET queues && status 401 &&
    mode R/var/lib/docket/token 640 && mode R/var/lib/docket/server 640 && for file in R/var/lib/docket/*; do
    case $file in */token | */server) ;; *) mode "$file" 600 || return ;; esac; done &&
    is "$(chroot R find /var/lib/docket ! -user docket -o ! -group docket)" "" && service_stops && test -s journal.log &&
    lacks journal.log "$(cat R/var/lib/docket/token)" && lacks journal.log Bearer'

it 'a user'"'"'s own server beside the service takes the next port' '
    root && installed && user member && service && { chroot R setpriv --reuid member --regid member --clear-groups env HOME=/home/member \
    docket serve >own.log 2>&1 & } && wait_for "grep -q listening own.log" && has own.log 127.0.0.1:5001 && as member docket list'

# A call outside the filter would kill it.
it 'all it does passes its system call filter: commands, parked claims, uploads, copies, a kill' '
    root && installed && service && grep -q "^Seccomp:.2" "/proc/$(cat service.pid)/status" && grep -q "^NoNewPrivs:.1" "/proc/$(cat service.pid)/status" &&
    api PUT queues/q && waiting one POST queues/q/claim "{\"worker\":\"w\",\"wait\":60}" && seq 1000 | sed "s/.*/echo & | cat/" >R/root/lines &&
    in_root docket load q /root/lines && answered one && finish_lease w "$(json ".tasks[0].lease")" && in_root docket work q -j 8 --idle-timeout 0 &&
    in_root docket wait q && counts_are q succeeded=1000 && in_root docket backup /root/b.db && in_root docket rerun q &&
    in_root docket cancel q --all && in_root docket retry q --killed && in_root docket top --once && in_root docket results q &&
    in_root docket journal && api GET /metrics && status 200 && api GET "changes?since=0" && status 200 && api GET openapi.json && status 200 &&
    in_root docket delete q --force && alive && kill -9 "$(cat service.pid)" && service_left 137 && service && service_stops'

it 'and the filter is one: what is not in it kills' '
    root && installed && sed -i "s|^ExecStart=.*|ExecStart=/usr/bin/chown docket /var/lib/docket|" R/$UNITS/docket.service &&
    { once docket.service; is $? 159; } && sed -i "s|^ExecStart=.*|ExecStart=/usr/bin/perl -e socket(S,16,3,0)|" R/$UNITS/docket.service &&
    { once docket.service; is $? 159; } && sed -i "s|^ExecStart=.*|ExecStart=/usr/bin/true|" R/$UNITS/docket.service && once docket.service'

it 'the backup unit: dated copies, the last ones kept; its timer is there and off' '
    root && installed && service && in_root docket create q && sed -i s/KEEP=14/KEEP=2/ R/$UNITS/docket-backup.service &&
    : >R/var/backups/docket/docket-20200101T000000Z.db && : >R/var/backups/docket/docket-20200102T000000Z.db && once docket-backup.service &&
    has out "1 older removed" && is "$(ls R/var/backups/docket | wc -l)" 2 && chroot R find /var/backups/docket -name "docket-202[1-9]*" -o -name "docket-20[3-9]*" >made &&
    mode "R$(cat made)" 600 && is "$(sqlite3 "R$(cat made)" "SELECT name FROM queue")" q && service_stops && test -e R/$UNITS/docket-backup.timer'

it 'an upgrade from the package before it, with data of the schema before: all is there, a changed setting is kept' '
    root && install /root/previous.deb && is_installed 0.0.9~previous && old_store && echo "log-level = debug" >>R/etc/docket/docket.conf &&
    cp R/etc/docket/docket.conf changed && chroot R sh -c "echo extra >/etc/docket/extra" && installed && is_installed && same R/etc/docket/docket.conf changed &&
    is "$(sqlite3 "file:R/var/lib/docket/docket.db?mode=ro" "PRAGMA user_version")" 3 && service &&
    counts_are survey waiting=1 pending=1 succeeded=2 failed=1 && in_root docket output 1 && has out one && in_root docket task 3 && has out false &&
    in_root docket work survey --idle-timeout 0 && counts_are survey succeeded=4 failed=1 && service_stops &&
    is "$(sqlite3 R/var/lib/docket/docket.db "PRAGMA user_version")" "$(ls "$ROOT"/src/store/sql/[0-9]*_*.sql | wc -l)"'

it 'over a store that a newer docket wrote: refused in one line, the old version goes on, nothing is touched' '
    root && install /root/previous.deb && service && in_root docket create q && newer_store && untouched >before && not installed &&
    is "$(grep -c "has schema 9999" out)" 1 && is_installed 0.0.9~previous && alive && api GET queues && status 200 && untouched >after && same before after &&
    service_stops && not installed && has out "has schema 9999" && is_installed 0.0.9~previous'

it 'a newer store that nobody has installed a program for is kept from an older one too' '
    root && mkdir R/var/lib/docket && sqlite3 R/var/lib/docket/docket.db "PRAGMA user_version = 9999; CREATE TABLE t (x)" && not installed &&
    has out "has schema 9999" && not test -e R/usr/bin/docket && echo garbage >R/var/lib/docket/docket.db && installed && is_installed'

it 'a downgrade over a store that is too new for it: refused' '
    root && installed && service && in_root docket create q && service_stops && not in_root dpkg -i /root/previous.deb && has out "has schema" &&
    has out "knows schemas up to 3" && is_installed && service && in_root docket list && has out q'

it 'removed: data, settings and backups stay, and installed again it goes on with them' '
    root && installed && service && in_root docket create kept && once docket-backup.service && service_stops && echo "log-level = debug" >>R/etc/docket/docket.conf &&
    in_root apt-get remove -y docket && not test -e R/usr/bin/docket && not test -e R/$UNITS/docket.service && test -s R/var/lib/docket/docket.db &&
    has R/etc/docket/docket.conf "log-level = debug" && is "$(ls R/var/backups/docket | wc -l)" 1 && installed && has R/etc/docket/docket.conf "log-level = debug" &&
    service && in_root docket list && has out kept'

it 'purged: nothing is left, not even what was added beside' '
    root && in_root apt-get install -y --no-install-recommends libmicrohttpd12 libcurl4 libcsv3 libinih1 libjansson4 libsodium23 libsqlite3-0 && files >before &&
    installed && service && in_root docket create q && once docket-backup.service && service_stops && : >R/etc/docket/tls.key && files >between &&
    not cmp -s before between && in_root apt-get purge -y docket && files >after && same before after && not state_of; installed && service && in_root docket list && lacks out q'

# systemctl notes what it is asked; deb-systemd-invoke is the real one.
systemd_notes() {
    mkdir -p R/run/systemd/system && rm R/usr/sbin/policy-rc.d &&
        printf '#!/bin/sh\necho "$*" >>/root/asked\ncase $* in *is-enabled*) echo enabled ;; *is-active*) echo active ;; esac\n' >R/usr/bin/systemctl &&
        chmod 755 R/usr/bin/systemctl && : >R/root/asked
}
asked_of_systemd() { is "$(grep -oE '\<(start|stop|restart|try-restart)\>.*' R/root/asked | tr '\n' ';')" "$1" && : >R/root/asked; }

it 'with systemd: started when installed, restarted by an upgrade and not by one that was refused, stopped when removed' '
    root && systemd_notes && install /root/previous.deb && asked_of_systemd "start docket.service;" && installed && asked_of_systemd "restart docket.service;" &&
    sqlite3 R/var/lib/docket/docket.db "PRAGMA user_version = 9999; CREATE TABLE t (x)" && not in_root dpkg -i /root/docket.deb && has out "has schema 9999" &&
    asked_of_systemd "" && in_root apt-get remove -y docket && asked_of_systemd "stop docket-backup.timer docket-backup.service docket.service;"'

done_testing
