# Claims that wait: served when a task comes, never handed to somebody who has left.
. "$(dirname "$0")/lib.sh"

# park WORKER [FIELD=VALUE…]: a waiting claim in the background.
park() {
    who=$1
    shift
    waiting "$who" POST queues/q/claim "$(object worker="$who" wait=50 "$@")"
}
served() { answered "$1" && got "$2"; }

it 'a waiting claim is answered when a task is added' '
    server && park w && add a && served w a && state a running && field .worker w'

it 'a waiting claim finds what is there at once' 'server && add a && claim w wait=50 && got a'

it 'it ends empty when its time is over' 'server && claim w wait=1 && got'

it 'two wait, two tasks come: one each' '
    server && park w1 && park w2 && add_many 2 && wait_for "[ -s waiting.w1 ] && [ -s waiting.w2 ]" &&
    counts running=2 && is "$(jq -r ".tasks[].command" waiting.w1 waiting.w2 | sort | tr "\n" " ")" "t1 t2 "'

it 'who waited longest is served first' '
    server && park w1 && park w2 && add a && served w1 a && not test -s waiting.w2'

it 'served from an upload' '
    server && park w && TYPE=application/x-ndjson api PUT queues/q/uploads/u "{\"command\":\"a\"}" && status 200 &&
    served w a'

it 'served when a lease runs out' 'server lease=30s && add a && claim gone && park w && clock +31s && served w a'

it 'served when a task is given back' 'server && add a && claim other && park w && release other && served w a'

it 'served when a failed task is tried again' '
    server attempts=2 && add a && claim other && park w && finish other 1 && served w a'

it 'served by retry' '
    server && add a && claim other && finish other 1 && park w && api POST queues/q/retry && served w a'

it 'served when its time comes' '
    server && add a not_before="$(date -u -d "+30 seconds" +%FT%TZ)" && park w && clock +31s && served w a'

it 'served when the queue is resumed' '
    server && api POST queues/q/pause && add a && park w && not test -s waiting.w && api POST queues/q/resume &&
    served w a'

it 'a newer claim of the same worker replaces the older, which is answered empty' '
    server && park w && claim w wait=1 && got && wait_for "[ -s waiting.w ]" && is "$(jq ".tasks|length" waiting.w)" 0'

it 'who has hung up is handed nothing' '
    server && park w && kill "$(cat waiter.w)" && wait_for "not kill -0 $(cat waiter.w)" && add a &&
    state a pending && claim w2 && got a'

it '500 waiting clients killed, then 500 tasks added: none is leased to the dead' '
    server && python3 "$HERE/clients.py" killed "$(url)" "$(cat "$DATA/token")" 500 && add_many 500 &&
    counts pending=500' 120

it '500 waiting clients that leave while the server sleeps: none is leased to the dead either' '
    server && python3 "$HERE/clients.py" vanished "$(url)" "$(cat "$DATA/token")" "$(cat "$DATA.pid")" 500 &&
    counts pending=500' 120

it 'a stop answers who waits, and ends at once' '
    server && park w && stop && wait_for "[ -s waiting.w ]" && is "$(jq ".tasks|length" waiting.w)" 0'

it 'other queues do not serve it' 'server && park w && api POST queues/q2/tasks command=a && add b && served w b'

done_testing
