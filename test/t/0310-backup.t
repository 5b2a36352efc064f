# Copies of the store made while it is in use, and stores made out of copies.
. "$(dirname "$0")/lib.sh"

# bulk MIB: a store of that size, at rest, with a queue q.
bulk() {
    server && stop && sqlite3 "$DATA/docket.db" "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4 * $1)
        INSERT INTO body SELECT 1, 1000000000 + i / 4, i % 4, randomblob(262000) FROM n"
}

# begun_backup: a backup in the background that stands still in the middle of its transfer to b.db; goes_on STATUS: it
# goes on, and must end with that.
begun_backup() {
    rm -f port
    python3 "$HERE/clients.py" narrows "$(url)" port 1000000 &
    between=$!
    wait_for '[ -s port ]' || return
    "$DOCKET" backup b.db --server "127.0.0.1:$(cat port)" --token-file "$DATA/token" >b.out 2>b.err </dev/null &
    client=$!
    wait_for '[ "$(stat -c %s b.db.part)" -gt 900000 ]' && not test -e b.db
}
goes_on() {
    kill -USR1 $between
    wait $client
    r=$?
    cat b.err >&2
    is $r "$1"
}
nothing_half_done() { not test -e b.db && not test -e b.db.part && not test -e "$DATA/backup.part"; }

# sound FILE: whole, and its counters are its tasks.
sound() {
    is "$(sqlite3 "$1" 'PRAGMA integrity_check')" ok && is "$(sqlite3 "$1" "
        SELECT count(*) FROM (SELECT queue, state, n FROM counter WHERE n <> 0
                              EXCEPT SELECT queue, state, count(*) FROM task GROUP BY 1, 2);
        SELECT count(*) FROM (SELECT task FROM lease GROUP BY task HAVING count(*) > 1);
        SELECT count(*) FROM lease JOIN attempt ON attempt.lease = lease.id;" | tr '\n' ' ')" '0 0 0 '
}
# holds FILE LEDGER: every result acknowledged is in it.
holds() {
    lost=$( { echo 'CREATE TEMP TABLE ack (lease);'; sed 's/.*/INSERT INTO ack VALUES (&);/' "$2"
        echo 'SELECT count(*) FROM ack WHERE lease NOT IN (SELECT lease FROM attempt WHERE exitcode = 0);'; } | sqlite3 "$1")
    is "$lost" 0
}
refuses() { # TEXT COMMAND…
    text=$1
    shift
    exits 1 docket "$@" && one_line err && has err "$text"
}
full_of() { disk $(($(disk_used) + $1 * 1024 * 1024)); }

it 'backup and restore: the same queues, tasks and results elsewhere' '
    server && add a && add b && add c && claim w && finish w 0 output=computed && claim w2 && docket backup b.db &&
    has out b.db && mode b.db 600 && not test -e b.db.part && docket restore b.db --data "$T/other" && has out other &&
    stop && DATA=$T/other && start && counts "pending=1 running=1 succeeded=1" && api GET "tasks/$(id a)/output" &&
    field .stdout computed && finish_lease w2 "$(leases w2)" && outcome accepted && sound b.db && stop'

it '--json: what was made, what was restored' '
    server && add a && docket backup b.db --json && is "$(jq -r .file out)" b.db &&
    is "$(jq .bytes out)" "$(stat -c %s b.db)" && rev=$(jq .rev out) && docket restore b.db --data o --json &&
    is "$(jq .rev out)" "$rev" && is "$(jq .kept out)" null'

it 'under load: every result acknowledged before is in it, and claims go on' '
    bulk 150 && start && python3 "$HERE/clients.py" beside "$(url)" "$(cat "$DATA/token")" ledger "$DOCKET" backup b.db \
    >>backup.times && cat backup.times >&2 && grep "^claims:" backup.times >"${TIMES:-/dev/null}" && sound b.db &&
    test "$(wc -l <ledger)" -gt 20 && holds b.db ledger &&
    test "$(sed "s/.*meanwhile \([0-9]*\),.*/\1/" backup.times | tail -1)" -gt 20 && docket restore b.db --data o' 120

it 'to a pipe, and from one' '
    server && add a && "$DOCKET" backup - | cat >b.db && sound b.db &&
    cat b.db | "$DOCKET" restore - --data "$T/o" >out && has out "$T/o" && stop && DATA=$T/o && start &&
    counts pending=1 && stop'

it 'no server runs: the directory is opened for it, and stays as it was' '
    server && add a && stop && docket backup b.db --data "$DATA" && sound b.db &&
    is "$(sqlite3 b.db "SELECT count(*) FROM task")" 1 && exits 4 docket backup c.db && not test -e c.db.part'

it 'an existing file is never replaced; nothing is asked of the server' '
    echo mine >b.db && refuses exists backup b.db --server 127.0.0.1:1 && is "$(cat b.db)" mine && ln -s nowhere l &&
    refuses exists backup l --server 127.0.0.1:1'

it 'a file that cannot be made: one line, nothing left' '
    server && refuses none/b.db backup none/b.db && mkdir d && refuses exists backup d'

it 'stdout that cannot be written: 1' '
    server && add a && { "$DOCKET" backup - >/dev/full 2>err; r=$?; is $r 1; } && has err stdout && one_line err'

it '--json has no place beside a stream' 'server && exits 2 docket backup - --json && one_line err'

it 'one at a time: a second is told so, and may ask again when the first is done' '
    bulk 60 && start && begun_backup && api GET backup && refused 409 backup_running && refuses "already" backup c.db &&
    not test -e c.db.part && goes_on 0 && sound b.db && docket backup c.db'

it 'two into the same file: the second is refused' '
    bulk 60 && start && begun_backup && refuses "another backup" backup b.db && goes_on 0 && sound b.db'

it 'a backup that ends while another waits for its file is not touched by that one' '
    bulk 60 && start && begun_backup && { LD_PRELOAD=$SHIMS/shim_fault.so TEST_SLOW_LOCK=3000 exits 1 docket backup b.db & } && other=$! &&
    wait_for "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c \"$T/b.db.part\" | grep -qx 2" && goes_on 0 && made=$(stat -c %y b.db) && { wait $other; r=$?; is $r 0; } &&
    is "$(stat -c %y b.db)" "$made" && sound b.db && has err "b.db" && not test -e b.db.part'

it 'kill -9 of the server in the middle: nothing half-done, 1' '
    bulk 60 && start && begun_backup && kill9 && goes_on 1 && one_line b.err && has b.err "broke off" &&
    nothing_half_done && start && docket backup b.db && sound b.db' 120

it 'kill -9 of the server while it copies: what it leaves is swept at the next start' '
    bulk 60 && : >"$DATA/backup.part" && : >"$DATA/restore.part" && start && not test -e "$DATA/backup.part" &&
    not test -e "$DATA/restore.part"'

it 'a client killed in the middle: the server is ready for the next, which takes over what was left' '
    bulk 60 && start && begun_backup && kill -9 $client && { wait $client; true; } && test -e b.db.part &&
    wait_for "docket backup b.db" && sound b.db && not test -e b.db.part && not test -e "$DATA/backup.part"' 120

it 'a client that leaves while the copy is made ends it' '
    bulk 200 && start && { curl -s -o c.db -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/api/v1/backup" & } &&
    client=$! && until test -s "$DATA/backup.part"; do :; done && kill $client &&
    wait_for "not test -e $DATA/backup.part" 5 && docket backup b.db --json && not test -s c.db' 120

it 'Ctrl-C: 130, nothing left' '
    bulk 60 && start && begun_backup && kill -INT $client && goes_on 130 && nothing_half_done'

it 'a stop in the middle ends both' '
    bulk 60 && start && begun_backup && { stop; stopped=$?; goes_on 1 && is $stopped 0; } && nothing_half_done' 120

it 'without a token: 401' 'server && AUTH= api GET backup && refused 401 unauthorized'

it 'a client that takes its time holds nothing up: adds, claims and the log go on' '
    bulk 60 && start && begun_backup && add_many 5000 && claim w max=1000 && counts "pending=4000 running=1000" &&
    goes_on 0 && sound b.db && is "$(sqlite3 b.db "SELECT count(*) FROM task")" 0' 120

# LIMIT_COPY_ROOM stays free.
it 'a disk without room for the copy: refused, and the server is as well as before' '
    FAULTS=1 && bulk 40 && start && full_of 60 && api GET backup && refused 507 storage_full lacks &&
    refuses "lacks" backup b.db && nothing_half_done && api GET /healthz && status 200 && add a && status 201 &&
    full_of 90 && docket backup b.db && sound b.db'

it 'a disk that fills up while a slow client reads: the copy gives way, and nobody else notices' '
    FAULTS=1 && bulk 60 && start && begun_backup && full_of 62 && for i in $(seq 60); do
    api POST queues/q/tasks command="\"$(head -c 60000 /dev/zero | tr "\0" x)\"" && status 201 || return; done &&
    api GET /healthz && status 200 && test -e "$DATA/reserve" && goes_on 1 && nothing_half_done && has b.err "broke off"' 120

it 'restore over a store: only with --force, and the old one is kept' '
    server && add a && docket backup b.db && add b && stop && refuses "already" restore b.db --data "$DATA" &&
    start && counts pending=2 && stop && docket restore b.db --force --data "$DATA" && old=$(sed -n "s/.* kept as //p" out) &&
    is "$(sqlite3 "$old" "SELECT count(*) FROM task")" 2 && start && counts pending=1'

it 'restore over the store of a server that was killed: what stood in its log is kept too' '
    server && add a && docket backup b.db && add b && kill9 && test -s "$DATA/docket.db-wal" &&
    docket restore b.db --force --data "$DATA" --json && is "$(sqlite3 "$(jq -r .kept out)" "SELECT count(*) FROM task")" 2 &&
    start && counts pending=1'

it 'restore over a store that is damaged' '
    server && docket backup b.db && stop && head -c 8192 /dev/urandom >"$DATA/docket.db" && cp "$DATA/docket.db" bad &&
    docket restore b.db --force --data "$DATA" --json && same "$(jq -r .kept out)" bad && start'

it 'restore over a running server is refused, naming it' '
    server && add a && docket backup b.db && refuses "$(cat "$DATA.pid")" restore b.db --force --data "$DATA" &&
    counts pending=1 && not test -e "$DATA/restore.part"'

it 'what is no docket store is refused, and nothing is made' '
    head -c 100000 /dev/urandom >garbage && : >empty && sqlite3 other "CREATE TABLE t (a)" && for f in garbage empty other;
    do refuses "$f" restore $f --data "$T/o" && not test -e "$T/o" || return; done &&
    { "$DOCKET" restore - --data "$T/o" <garbage 2>err; is $? 1; } && one_line err && not test -e "$T/o" &&
    refuses missing restore missing --data "$T/o"'

it 'a backup cut short, a damaged one, one of a newer schema: refused, the store stays' '
    server && add_many 3000 && docket backup b.db && stop && cp "$DATA/docket.db" before &&
    head -c $(($(stat -c %s b.db) / 2)) b.db >cut.db && cp b.db bad.db &&
    head -c 3000 /dev/urandom | dd of=bad.db bs=1 seek=60000 conv=notrunc status=none && cp b.db new.db &&
    sqlite3 new.db "PRAGMA user_version = 9999; PRAGMA wal_checkpoint(TRUNCATE)" && for f in cut.db bad.db new.db; do
    refuses $f restore $f --force --data "$DATA" || return; done && has err "schema 9999" && same before "$DATA/docket.db"'

it 'a schema that never was: neither restored nor served' '
    server && docket backup b.db && stop && sqlite3 b.db "PRAGMA user_version = -5; PRAGMA wal_checkpoint(TRUNCATE)" &&
    refuses "schema -5" restore b.db --data "$T/o" && mkdir o && cp b.db o/docket.db &&
    refuses "schema -5" serve --data "$T/o" --listen 127.0.0.1:0'

it 'a store copied by hand while a server ran is refused: it lacks its log' '
    server && add a && cp "$DATA"/docket.db "$DATA"/docket.db-wal . && refuses "docket.db-wal" restore docket.db --data "$T/o" &&
    not test -e "$T/o"'

it 'no room for the restored store: nothing is touched' '
    mkdir small && mount -t tmpfs -o size=1m small small && bulk 4 && start && docket backup b.db &&
    stop && refuses space restore b.db --data "$T/small/o"; r=$?; not test -e small/o || r=1; umount -l small; return $r'

it 'restored: readers of changes are told to begin anew; revisions go on beyond all that were given' '
    server && add a && api PUT consumers/c && api GET changes?consumer=c && api PUT consumers/c rev="$(json .since)" &&
    docket backup b.db && add b && add lost && api GET changes?since=0 && seen=$(json .since) && stop &&
    docket restore b.db --force --data "$DATA" && start && api GET "changes?since=$seen" && refused 410 changes_gone &&
    api GET changes?consumer=c && refused 410 changes_gone && api GET changes?since=0 && status 200 &&
    field "[.changes[]|select(.kind==\"task\").task.command]|join(\" \")" a && add c && api GET changes?since=0 && field "(.since > $seen)" true && field ".more" false'

done_testing
