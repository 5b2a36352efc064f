# The face of qdo's web server: lists of any length. The figures: the first byte of a list of 100,000 tasks, what it costs in memory.
. "$(dirname "$0")/lib.sh"

me() { command id -un; }
listing() { python3 "$HERE/listing.py" "$@"; }
qdo() {
    method=$1 suffix=$2
    shift 2
    api "$method" "/$(me)/queues$suffix" "$@"
}

# A sanitizer keeps what was freed for a while, as if it were still held: here only a little of it.
remembers_little() { export ASAN_OPTIONS="$ASAN_OPTIONS:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"; }

# filled N: a queue with so many tasks, of which every tenth has failed. read_list QUERY: reads a list of it; what that was like is in `body`.
filled() { remembers_little && server && listing fill "$(url)" "$(cat "$DATA/token")" q "$1"; }
read_list() { listing read "$(url)" "$(cat "$DATA/token")" "/$(me)/queues/q/tasks/$1" >body && say "tasks/$1: $(cat body)"; }

# field_below JQ NUMBER
field_below() { jq -e "$1 < $2" body >/dev/null || fail "$1 is $(jq "$1" body), not below $2"; }
held() { awk '/VmHWM/{print $2}' "/proc/$(cat "$DATA.pid")/status"; }

it 'an empty list, one of one, filters in letters of any size' '
    server && qdo GET /q/tasks && field "type + (length|tostring)" array0 && add a && qdo GET /q/tasks/ && field length 1 && field .[0].task a && claim w &&
    finish w 7 && qdo GET "/q/tasks?state=failed" && field length 1 && qdo GET "/q/tasks?state=FAILED&exitcode=7" && field length 1 &&
    qdo GET "/q/tasks/?exitcode=8" && field length 0 && qdo GET "/q/tasks?state=Pending" && field length 0 && qdo GET "/q/tasks?state=fail" &&
    refused 400 bad_field "Waiting, Pending, Running, Succeeded, Failed or Killed" && qdo GET "/q/tasks?exitcode=x" && refused 400 bad_field exitcode &&
    qdo GET "/q/tasks?limit=3" && refused 400 unknown_field limit'

it 'each of the six states; of another queue and of tasks that come later nothing' '
    server && for name in a b c d e; do add $name; done && add f after="[$(id e)]" && claim w max=4 && finish w 0 && finish_lease w "$(leases w | cut -d, -f2)" 1 &&
    api POST queues/q/cancel ids="[$(id c)]" && make_queue other && api POST queues/other/tasks command=x &&
    for state in Waiting=f Pending=e Running=d Succeeded=a Failed=b Killed=c; do
        qdo GET "/q/tasks?state=${state%=*}" && field "[.[].task]|join(\" \")" "${state#*=}" && field ".[0].state" "${state%=*}" || return
    done'

it '100,000 tasks: the first byte in 50 ms, all of them, in order, in the memory there was' '
    filled 100000 && before=$(held) && for query in "" "?state=Failed" "?state=Succeeded" "?exitcode=3" "?state=Pending"; do
        read_list "$query" && field .ids_rise true && field_below .first_ms 50 && cp body "told.$query" || return
    done && is "$(jq -cS .states "told.")" "{\"Failed\":10000,\"Pending\":90000}" && is "$(jq .tasks "told.?state=Failed")" 10000 &&
    is "$(jq .tasks "told.?state=Succeeded")" 0 && is "$(jq .tasks "told.?exitcode=3")" 10000 && is "$(jq .tasks "told.?state=Pending")" 90000 &&
    grown=$(($(held) - before)) && say "memory: $before KiB before, $grown KiB more" && [ "$grown" -lt 4096 ]' 240

it 'who reads slowly holds nothing: fifty of them, and the log of the store is moved' '
    filled 20000 && before=$(held) && for i in $(seq 50); do
        listing slow "$(url)" "$(cat "$DATA/token")" "/$(me)/queues/q/tasks/" 60 >"slow.$i" 2>/dev/null & echo $! >>readers
    done && wait_for "[ \$(cat slow.* | wc -l) = 50 ]" && add_many 10000 x && add_many 10000 y && claim w max=1000 && api GET queues/q && status 200 &&
    [ "$(stat -c %s "$DATA/docket.db-wal")" -lt 100000000 ] && grown=$(($(held) - before)) && say "memory: $grown KiB more" &&
    [ "$grown" -lt 40000 ] && kill $(cat readers)' 120

it 'beside ten lists without end claims are answered' '
    filled 20000 && listing beside "$(url)" "$(cat "$DATA/token")" q "/$(me)/queues/q/tasks/?state=Succeeded" 10 3 >body && say "$(cat body)" &&
    field_below .with.p99_ms 250 && jq -e ".with.claims > 20" body' 120

it 'a queue that is removed while its list is read: the answer ends too early, which is no list' '
    filled 100000 && { { curl -sk --limit-rate 200k -o cut -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/$(me)/queues/q/tasks/"; echo $? >cut.exit; } & } &&
    wait_for "[ -s cut ]" && qdo DELETE "/q?force=1" && status 200 && wait_for "[ -s cut.exit ]" 60 && is "$(cat cut.exit)" 18 && not jq . cut' 240

it 'a list of very large tasks, a piece at a time' '
    remembers_little && server && for i in $(seq 30); do jq -nc "{task:{n:$i,big:(\"x\" * 900000)}}" >big && qdo POST /q/addtask @big && status 201 || return; done &&
    before=$(held) && read_list "" && field .tasks 30 && grown=$(($(held) - before)) && say "memory: $grown KiB more" && [ "$grown" -lt 40000 ]'

it 'thousands of queues' '
    start && for i in $(seq 40); do
        curl -sk -o made --no-progress-meter -X PUT -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/$(me)/queues/q[$((i * 50 + 1000))-$((i * 50 + 1049))]" || return
    done && api GET "/$(me)/queues" && field length 2000 && field "[.[].name]|sort==." true'
done_testing
