# The verbs: what they print, with --json and without, and their exit statuses.
. "$(dirname "$0")/lib.sh"

fail_one() { add "$1" && claim w && finish w 1 message="No such file" output="{\"stderr\":\"oops\"}"; }
verbs() { sed -n 's/^X(\([a-z]*\))$/\1/p' "$ROOT/src/cli/verbs.def"; }

it 'docket alone, help, --help, --version' '
    docket && has out run && docket help && for v in $(verbs); do has out "$v" || return; done && docket --help &&
    docket --version && has out docket && exits 2 docket nonsense && one_line err && exits 2 docket lst &&
    has err list'

it 'every verb has its --help, wherever it stands, and refuses what it does not know' '
    for v in $(verbs); do docket $v --help && has out "docket $v" && exits 2 docket $v --no-such-option &&
    has err no-such-option || return; done'

it 'add: options before and after, the command behind --' '
    server && docket add q -- echo "a b" "\$x" && claim w && field ".tasks[0].command" "echo '"'a b' '\\\$x'"'" &&
    docket add --priority 5 q --cwd /tmp --env A=1 --time-limit 90 --key k -- true && claim w &&
    field ".tasks[0].cwd" /tmp && field ".tasks[0].env.A" 1 && field ".tasks[0].time_limit" 90 &&
    docket add q --key k -- true && counts running=2'

it 'add records the directory it was called in' '
    server && mkdir d && cd d && docket add q -- true && cd .. && claim w && field ".tasks[0].cwd" "$T/d"'

it 'add without a queue or a command: 2' '
    server && exits 2 docket add && exits 2 docket add q && exits 2 docket add q --'

it 'list: queues by name with counts; --json as the server gives it' '
    server && make_queue b && add x && fail_one y && docket list && has out q && has out b && docket list --json &&
    is "$(each "map(.queue)|join(\" \")")" "b q"'

it 'show: counts, policy, failures summed up' '
    server && for n in 1 2 3; do fail_one f$n || return; done && add ok && docket show q &&
    has out "No such file" && has out 3 && docket show q --json && is "$(jq .counts.failed out)" 3'

it 'a queue that is not there: 3' '
    server && for v in show pause resume retry "cancel --all" tasks results wait; do exits 3 docket $v none &&
    one_line err && has err none || return; done'

it 'what answers is no docket' '
    pretend() { rm -f port; python3 "$HERE/clients.py" pretends port "$@" & wait_for "test -e port"; } &&
    pretend 302 "" && exits 4 docket list --server http://127.0.0.1:$(cat port) && one_line err && has err "no docket" &&
    pretend 200 hello && exits 4 docket list --server http://127.0.0.1:$(cat port) && one_line err && has err JSON &&
    pretend 200 "{\"status\":\"ok\",\"version\":\"1\",\"uptime\":1e300}" && docket health --server http://127.0.0.1:$(cat port) && has out "up "'

it 'tasks: list with filters' '
    server && fail_one bad && add good && docket tasks q && has out bad && has out good &&
    docket tasks q --state failed && has out bad && lacks out good && docket tasks q --state pending &&
    has out good && exits 2 docket tasks q --state odd'

it 'task: one, with its attempts, and why it is not running' '
    server && fail_one bad && docket task "$ID" && has out bad && has out "No such file" && has out w &&
    docket task "$ID" --json && is "$(jq -r .state out)" failed && exits 3 docket task 999 && exits 3 docket task x'

it 'output: what it printed, on stdout and stderr' '
    server && add a && claim w && finish w 0 output="{\"stdout\":\"to out\\n\",\"stderr\":\"to err\\n\"}" &&
    docket output "$ID" && has out "to out" && lacks out "to err" && has err "to err" && add b &&
    exits 3 docket output "$ID"'

it 'results: in the order of ids, as text and as JSON lines' '
    server && add_many 3 && claim w max=3 &&
    for l in $(leases w | tr , "\n" | sort -rn); do finish_lease w $l 0 output="\"out $l\\n\"" || return; done &&
    docket results q && is "$(grep -c "^out " out)" 3 && grep "^out" out >o && sort o >s && same o s &&
    docket results q --json && is "$(each length)" 3'

it 'pause, resume' '
    server && add a && docket pause q && claim w && got && docket show q && has out paused && docket resume q &&
    claim w && got a'

it 'retry: failed ones, by id, killed ones' '
    server && fail_one a && docket retry q && state a pending && claim w && finish w 1 &&
    docket retry q "$(id a)" && state a pending && docket cancel q --all && docket retry q --killed &&
    state a killed && docket retry q "$(id a)" && state a pending'

it 'cancel: of all, by id, more than 1,000' '
    server && add a && add b && docket cancel q "$(id a)" && state a killed && state b pending && add_many 2500 &&
    exits 2 docket cancel q && docket cancel q --all && counts killed=2502'

it 'wait: returns when nothing is left; 5 when its time is over; 1 if any failed' '
    server && docket wait q && add a && exits 5 docket wait q --timeout 0.5 && claim w &&
    { "$DOCKET" wait q >wait.out 2>&1 & p=$!; } && finish w 0 && wait $p && fail_one b && exits 1 docket wait q'

it 'create: a queue with its policy' '
    start && docket create q --lease 90 --max-attempts 3 && api GET queues/q && field .lease_seconds 90 &&
    field .max_attempts 3'

it 'health: 0 when well, 4 when away' 'start && docket health && stop && exits 4 docket health && one_line err'

it 'a server away: 4, and how to start one' '
    exits 4 docket list --server http://127.0.0.1:1 && one_line err &&
    exits 4 docket show q --server http://127.0.0.1:1'

it 'the token of a directory is for the server of that directory, not for one whose port begins alike' '
    { python3 "$HERE/clients.py" pretends port 200 "{}" & } && wait_for "[ -s port ]" && mkdir "$DATA" && echo secret >"$DATA/token" &&
    printf "{\"url\":\"http://127.0.0.1:%s\"}" "$(sed "s/.$//" port)" >"$DATA/server" && docket list --server "http://127.0.0.1:$(cat port)"
    has port.asked "GET /api/v1/queues" && lacks port.asked secret'

it 'found by --server with --token-file, by environment, by --data' '
    start && docket list --server "$(url)" --token-file "$DATA/token" &&
    DOCKET_DATA= DOCKET_SERVER="$(url)" DOCKET_TOKEN_FILE="$DATA/token" docket list &&
    DOCKET_DATA= docket list --data "$DATA" && echo wrong >t &&
    exits 1 docket list --server "$(url)" --token-file t && one_line err &&
    exits 1 docket list --server "$(url)" --token-file nothing'

it 'no server was ever there: 4 or nothing to list, in one line' '
    docket list; r=$?; case $r in 4) one_line err ;; *) fail "it ended with $r" ;; esac'

it 'numbers, names and ids that are none: 2' '
    server && exits 2 docket retry q x && exits 2 docket task 0 && exits 2 docket output -- -5 &&
    exits 2 docket create "" && exits 2 docket create "a/b/c"'

it 'OWNER/QUEUE' 'server && add a && docket show "$(command id -un)/q" && exits 3 docket show somebody/q'

it 'a full disk under stdout is a failure' '
    server && "$DOCKET" list >/dev/full 2>err; is $? 1 && has err "could not write"'

it 'set: another policy for a queue that is there; with nothing named it is shown' '
    server && docket set q --lease 10m --speculate on --on-dependency-failure cancel --retention 30d --face-lease 2h &&
    has out "lease 10 min" && has out "lease of those who cannot renew 2 h" && api GET queues/q && field .face_lease_seconds 7200 &&
    has out speculates && has out "kept 30 d" && api GET queues/q && field .speculate true && field .retention_seconds 2592000 &&
    field .on_dependency_failure cancel && docket set q && has out "lease 10 min" && exits 3 docket set none --lease 5s &&
    exits 2 docket set q --speculate maybe && one_line err && exits 2 docket set q --on-dependency-failure explode &&
    docket set q --speculate off --json && is "$(jq .speculate out)" false'

it 'status: a line a state' '
    server && add a && docket status q && has out "Pending    1" && docket status q --json && is "$(jq .pending out)" 1 &&
    exits 3 docket status none'

it 'rerun, recover, revive: what was done is said' '
    server && add a && claim w && finish w 0 && docket rerun q && has out "1 task will be run again" && state a pending &&
    claim w && docket recover q --worker w && has out "1 task taken back" && state a pending && docket cancel q "$(id a)" &&
    docket revive q --priority 3 && has out "1 task will be run" && state a pending && field .priority 3 &&
    docket rerun q --json && is "$(jq .changed out)" 0 && exits 2 docket revive q --priority high && one_line err &&
    exits 1 docket rerun q --state running && exits 3 docket recover none'

it 'rerun: only what ended long enough ago' '
    server && add a && claim w && finish w 0 && docket rerun q --older-than 1h && has out "0 tasks" && clock +2h &&
    docket rerun q --older-than 1h && has out "1 task"'

it 'delete: tasks by id and by option; a queue only by force while something is left in it' '
    server && add a && add b && claim w && finish w 0 && docket delete q --state succeeded && has out "1 task deleted" &&
    docket delete q "$(id b)" && has out "1 task deleted" && add c && exits 2 docket delete q && has err "not finished" &&
    docket delete q --force && has out "q is deleted" && exits 3 docket show q && exits 3 docket delete q'

it 'journal: who did what' '
    server && docket pause q && docket resume q && docket journal && has out resume && has out create && docket journal q -n 1 &&
    is "$(grep -c . out)" 1 && docket journal --json && is "$(jq -r ".entries[0].action" out)" resume'

it 'wait: ends when what is left can only wait' '
    server && add a && add b after="[$(id a)]" && claim w && finish w 1 && exits 1 docket wait q --timeout 20s && has out "1 waiting"'

it 'task: what it waits for, why it does not run, what helps' '
    server && add a && add b after="[$(id a)]" && docket task "$(id b)" && has out "after" && has out "waits for $(id a)" &&
    docket task "$(id a)" && has out "no worker has asked" && has out "docket work q"'

done_testing
