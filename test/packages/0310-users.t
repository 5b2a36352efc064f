# A data directory shared with its group: what its members, strangers and root may do. Needs root, to play them.
. "$(dirname "$0")/../t/lib.sh"

# as USER GROUP docket …: the program, run by a user and group of those numbers.
as() {
    user=$1 group=$2
    shift 3
    chmod 755 "$T" && mkdir -p "$T/other" && chown "$user" "$T/other" || return
    HOME=$T/other setpriv --reuid "$user" --regid "$group" --clear-groups "$DOCKET" "$@" >"$T/out" 2>"$T/err" </dev/null
    EXIT=$?
    say "as $user:$group docket $* -> $EXIT"
    cat "$T/err" >&2
    return "$EXIT"
}
shared_with() { mkdir -p "$DATA" && chgrp "$1" "$DATA" && chmod "$2" "$DATA"; }
listing() { find "$DATA" -printf "%p %u %m %s\n" | sort; }

# refuses_root VERB…: one line that names the owner and the way to go on; nothing has changed.
refuses_root() {
    listing >before && exits 1 docket "$@" --data "$DATA" && one_line err && has err "belongs to #4001" &&
        has err "runuser -u" && listing >after && same before after
}

it 'a member uses the server, a stranger is told who may' '
    shared_with 4321 2750 && server && add a && as 4001 4321 docket show q --data "$DATA" &&
    as 4001 4321 docket add q -- echo mine && counts pending=2 && exits 1 as 4002 4002 docket list --data "$DATA" &&
    one_line err && has err "permission denied" && has err "$DATA/server"'

it 'a group that new files do not get is not the one it was shared with' '
    shared_with 4321 750 && server && mode "$DATA/token" 600 && mode "$DATA/server" 600 &&
    exits 1 as 4001 4321 docket list --data "$DATA" && one_line err'

it 'where everyone may look in, a member of the group is a stranger too' '
    shared_with 0 755 && server && exits 1 as 4002 0 docket list --data "$DATA" && one_line err &&
    has err "permission denied" && has err "only its owner"'

it 'root leaves nothing in the store of another user, and is told how to go on' '
    server && add a && docket backup b.db && stop && chown -R 4001 "$DATA" && chmod 755 "$T" &&
    refuses_root serve --listen 127.0.0.1:0 && refuses_root list && refuses_root restore b.db --force &&
    as 4001 4001 docket list --data "$DATA"'

it 'an old backup that cannot be removed is named; the new one is there' '
    shared_with 4001 2750 && server && mkdir b && chmod 1777 b && : >b/docket-20200101T000000Z.db &&
    exits 1 as 4001 4001 docket backup --into b --keep 1 --data "$DATA" && one_line err && has err "the backup is made" &&
    has err "b/docket-20200101T000000Z.db" && has out checked && is "$(ls b | wc -l)" 2'

done_testing
