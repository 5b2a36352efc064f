# A disk that is full, and one that fails.
. "$(dirname "$0")/lib.sh"
FAULTS=1

# full: nothing may grow any more; once the reserve is given up there are 2 MiB, too few for a new one.
full() { disk $(($(disk_used) - 14 * 1024 * 1024)); }
fill() {
    for i in $(seq 200); do
        api POST queues/q/tasks command="\"$(head -c 50000 /dev/zero | tr '\0' x)\""
        [ "$STATUS" = 201 ] || return 0
    done
    fail 'it never filled up'
}
counts_of_results() { api GET queues/q && field .counts.succeeded 200; }

# starts_or_says: it comes up and refuses what it cannot store, or leaves with 1 and a line that says why.
starts_or_says() {
    launch && wait_for 'ready || not up' 30
    if up; then fill && refused 507 storage_full; else left 1 && tail -1 server.log >last && has last full; fi
}

on_tmpfs() {
    DATA=$T/small/data
    server && add a && claim w && fill_up && refused 507 storage_full && api GET queues/q && status 200 && finish w &&
        outcome accepted && rm "$T/small/ballast" && wait_for 'add c' 40 && stop
}
fill_up() { cat /dev/zero >"$T/small/ballast" 2>/dev/null; fill; }

lines_with_error() { grep -qi "error" server.log || fail "the log says nothing"; }

it 'full: adds are refused with 507, reads and results go on, then it recovers' '
    server && add a && add b && claim w max=2 && full && fill && refused 507 storage_full && api GET queues/q &&
    status 200 && task a && api GET /healthz && status 503 && field .status full && finish w 0 output=computed &&
    outcome accepted && renew w && status 200 && state a succeeded && api GET "tasks/$(id a)/output" &&
    field .stdout computed && disk 0 && wait_for "add c && status 201" 40 &&
    wait_for "api GET /healthz && field .status ok" 40 && task a && field .state succeeded'

it 'full, and nothing left: who would be noted at a first sign-in is refused, by GET too; who is known comes in' '
    as() { AUTH="Basic $(printf %s "$1:x" | base64)"; } && printf "#!/bin/sh\nread -r name && echo \$name\n" >login.sh && chmod +x login.sh && start --sign-in "$T/login.sh" && make_queue q && as ada && api PUT queues/mine "{}" && status 201 &&
    unset AUTH && full && fill && as ada && api GET /site/login && refused 507 storage_full && unset AUTH && disk "$(disk_used)" && as eve && api GET login && refused 507 storage_full && api GET /site/login && refused 507 storage_full && api GET queues && refused 507 storage_full &&
    as ada && api GET /site/login && refused 507 storage_full && api GET queues/mine && status 200 && api DELETE queues/mine && refused 507 storage_full && lacks server.log internal && disk 0 && wait_for "as eve && api GET login && status 200" 40'

it 'killed while full: it comes back full, and what the reserve gave up is still there for results' '
    server && add a && claim w && full && fill && refused 507 storage_full && crash && api GET /healthz && status 503 &&
    api POST queues/q/tasks command=b && refused 507 storage_full && finish w 0 output=computed && outcome accepted && disk 0 &&
    wait_for "add c && status 201" 40 && wait_for "api GET /healthz && field .status ok" 40'

it 'full: nothing of what was refused is there after a restart' '
    server && add a && full && fill && api GET queues/q && before=$(json .counts.pending) && disk 0 && crash &&
    api GET queues/q && field .counts.pending "$before" && stop &&
    sqlite3 "$(ls "$DATA"/*.db)" "PRAGMA integrity_check" >i && is "$(cat i)" ok'

it 'full: every result of 200 tasks still finds room in the reserve' '
    server && add_many 200 && claim w max=200 && full && fill && refused 507 storage_full &&
    for lease in $(leases w | tr , " "); do finish_lease w "$lease" 0 output="$(head -c 2000 /dev/zero | tr "\0" x)" &&
    outcome accepted || return; done && counts_of_results' 180

it 'full while starting: up and refusing, or one line that says so' '
    server && add a && stop && full && { starts_or_says; r=$?; disk 0; return $r; }'

it 'a small disk of its own' '
    mkdir small &&
    if mount -t tmpfs -o size=40m small small 2>/dev/null; then on_tmpfs; r=$?; umount -l small; return $r
    else say "no mount here: shim_fault plays the same"; fi'

it 'a sync that fails: commit_unknown, exit 1, and after the restart the repeat is answered' '
    server && add a && claim w && lease=$LEASE && sync_fails 1 &&
    api POST queues/q/finish worker=w results="[{\"lease\":$lease,\"exitcode\":0}]" && refused 500 commit_unknown &&
    left 1 && lines_with_error && start && finish_lease w "$lease" &&
    case $(json ".results[0].outcome") in accepted | repeated) state a succeeded ;; *) fail "outcome" ;; esac'

it 'a sync that fails under an add with a key: the repeat is the same task' '
    server && sync_fails 1 && api POST queues/q/tasks command=a key=k && refused 500 commit_unknown && left 1 &&
    start && add a key=k && counts pending=1 && add a key=k && counts pending=1'

it 'a sync that fails under an upload: the repeat takes each line once' '
    server && seq 500 | sed "s/.*/{\"command\":\"t&\"}/" >u && sync_fails 1 &&
    TYPE=application/x-ndjson api PUT queues/q/uploads/u @u && refused 500 commit_unknown && left 1 && start &&
    TYPE=application/x-ndjson api PUT queues/q/uploads/u @u && status 200 && field .lines 500 && counts pending=500'

it 'a sync that fails under a claim: its nonce finds the same leases or new ones, never two' '
    server && add a && add b && sync_fails 1 && api POST queues/q/claim worker=w nonce=n &&
    refused 500 commit_unknown && left 1 && start && claim w nonce=n && got a && counts "pending=1 running=1"'

it 'each acknowledged write was synced' '
    server && b=$(syncs) && add a && m=$(syncs) && test "$m" -gt "$b" && claim w && finish w &&
    test "$(syncs)" -ge $((m + 2))'

done_testing
