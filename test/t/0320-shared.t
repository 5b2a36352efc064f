# A data directory on a file system that other hosts may use at the same time. Which host a program believes to be on is
# TEST_HOST; how old a mark is, is its file's time.
. "$(dirname "$0")/lib.sh"

# on HOST COMMAND…
on() {
    host=$1
    shift
    TEST_HOST=$host "$@"
}
refused_on() { # HOST TEXT
    host=$1 text=$2
    exits 1 on "$host" docket serve --data "$DATA" --listen 127.0.0.1:0 && one_line err && has err "$text"
}
# mark JQ: changes what DIR/holder says. aged SECONDS: it was renewed that long ago.
mark() { cp -p "$DATA/holder" old && jq -c "$1" old >"$DATA/holder" && touch -r old "$DATA/holder"; }
aged() { touch -d "-$1 seconds" "$DATA/holder"; }
holder() { jq -r ".$1" "$DATA/holder"; }
stopped() { wait_for 'not up' 10 && left 1; }

it 'on a shared file system: said at the start, exclusive, no shared memory; all as ever' '
    shared && server && has server.log NFS && has server.log prefer && add a && claim w && finish w && state a succeeded &&
    not test -e "$DATA/docket.db-shm" && test -s "$DATA/docket.db-wal" && mode "$DATA/holder" 600 &&
    is "$(holder pid)" "$(cat "$DATA.pid")" && is "$(holder host)" "$(hostname)" && crash && counts succeeded=1 && restart &&
    counts succeeded=1 && stop && not test -e "$DATA/holder" && is "$(ls "$DATA" | grep -c "holder\|wal\|shm")" 0'

it 'on a file system of its own: nothing of the kind' '
    server && lacks server.log shared && not test -e "$DATA/holder" && test -e "$DATA/docket.db-shm"'

it 'a second server on the same host is refused by its number' '
    shared && server && refused_on "$(hostname)" "process $(cat "$DATA.pid")" && add a && status 201'

it 'a second host is refused by name, while the first is alive' '
    shared && on one server && refused_on two "on host '"'one'"', whose last sign of life is" && has err 60 && aged 50 &&
    refused_on two one && docket backup b.db && exits 1 on two docket restore b.db --force --data "$DATA" &&
    has err "host '"'one'"'" && add a && status 201'

it 'the locks of the kernel are not relied on' '
    shared && export TEST_NO_LOCKS=1 && on one server && add a && refused_on two "host '"'one'"'" && on one crash &&
    counts pending=1 && on one restart && counts pending=1 && docket backup b.db &&
    is "$(env -u LD_PRELOAD sqlite3 b.db "PRAGMA integrity_check")" ok'

it 'a host that is silent for a minute is taken over from' '
    shared && on one server && add a && kill9 && refused_on two one && aged 61 && on two start && counts pending=1 &&
    is "$(holder host)" two && has server.log "taken over"'

it 'at once: its process is gone, on the same host' 'shared && on one server && add a && kill9 && on one start && counts pending=1'

it 'at once: the same host has started anew since' '
    shared && on one server && kill9 && mark ".boot=\"another\"|.pid=1" && on one start && on one stop && on one start &&
    ended KILL 137 && mark ".boot=\"another\"|.machine=\"another\"" && refused_on one one'

it 'a process of another pid space is not known to be gone' '
    shared && on one server && kill9 && mark ".pid_space=\"pid:[1]\"" && refused_on one one'

it 'a mark that makes no sense is respected until it is old' '
    shared && mkdir -m 700 data && echo nonsense >"$DATA/holder" && refused_on one "use by process" && aged 61 && start'

it 'one that died while it took over does not keep others out for ever' '
    shared && on one server && kill9 && aged 61 && : >"$DATA/holder.taken" && refused_on two "taken over by another" &&
    touch -d "-61 seconds" "$DATA/holder.taken" && on two start && not test -e "$DATA/holder.taken"'

it 'twenty start at once on a stale mark, without locks: one has it' '
    shared && export TEST_NO_LOCKS=1 && on one server && add a && kill9 && aged 61 && export TEST_SLOW=500 && for i in $(seq 20); do
    { TEST_HOST=h$i "$DOCKET" serve --data "$DATA" --listen 127.0.0.1:0 >serve.$i 2>&1 </dev/null; echo $? >ended.$i; } & done &&
    wait_for "[ \$(cat ended.* | wc -l) = 19 ]" 60 && is "$(cat ended.* | sort -u)" 1 &&
    wait_for "grep -q listening serve.*" && is "$(grep -l listening serve.* | wc -l)" 1 && kill "$(holder pid)" && wait_for "[ \$(cat ended.* | wc -l) = 20 ]" &&
    not test -e "$DATA/holder" && is "$(ls "$DATA" | grep -c holder)" 0'

it 'the mark is renewed' '
    shared && server && aged 50 && clock +16s && wait_for "[ \$((\$(date +%s) - \$(stat -c %Y \"$DATA/holder\"))) -lt 10 ]"'

it 'a server that finds another mark stops at once, and writes nothing' '
    shared && on one server && add a && cp "$DATA/docket.db" db && cp "$DATA/docket.db-wal" wal && mark ".host=\"two\"|.nonce=\"x\"" &&
    cp "$DATA/holder" mark && { api POST queues/q/tasks command=b; clock_off +16s; api POST queues/q/tasks command=c; true; } &&
    stopped && has server.log "taken over by process" && has server.log two && same "$DATA/holder" mark &&
    test -e "$DATA/server"'

it 'asleep for minutes: nothing is written before it has looked whose the directory is' '
    shared && on one server && add a && pid=$(cat "$DATA.pid") && kill -STOP $pid && cp "$DATA/docket.db" db &&
    cp "$DATA/docket.db-wal" wal && mark ".host=\"two\"|.nonce=\"x\"" && { curl -s -m 5 -o late -H \
    "Authorization: Bearer $(cat "$DATA/token")" -H "Content-Type: application/json" -d "{\"command\":\"late\"}" \
    "$(url)/api/v1/queues/q/tasks" & } && clock_off +5m && kill -CONT $pid && stopped && same "$DATA/docket.db" db &&
    same "$DATA/docket.db-wal" wal && not grep -q ids late'

it 'the mark taken away by somebody: it stops, too' 'shared && server && rm "$DATA/holder" && clock_off +16s && stopped'

it 'backup and restore there' '
    shared && server && add a && docket backup b.db && exits 1 docket restore b.db --data "$DATA" --force &&
    stop && docket restore b.db --data "$DATA" --force && start && counts pending=1 && docket restore b.db --data "$T/o" &&
    is "$(ls o)" "$(printf "docket.db\nlock")" && stop && docket backup c.db --data "$DATA"'

it 'docket run there, twice at the same time: the second is refused' '
    shared && printf "sleep 2\n" >f && { "$DOCKET" run f >1 2>&1 & } && first=$! && wait_for "ls home/.local/share/docket/run/*/server" &&
    exits 1 docket run f && has err "in use" && wait $first && docket run f'

done_testing
