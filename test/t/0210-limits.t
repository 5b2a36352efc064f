# Every row of limits.def crossed where a client can: one more than allowed is refused by name, what is allowed taken.
# The name of the limit opens the name of its scenario; `./dev check docs` looks for each.
. "$(dirname "$0")/lib.sh"

text() { head -c "$1" /dev/zero | tr '\0' x; }

# outputs_of RANGE: results of 60 kB each for these of the leases of w, handed in.
outputs_of() {
    jq -nc --arg o "$(text 60000)" --argjson l "[$(leases w)]" \
        "{worker:\"w\",results:[\$l[$1][]|{lease:.,exitcode:0,output:\$o}]}" >f && api POST queues/q/finish @f && status 200
}

outputs() {
    echo "{\"worker\":\"w\",\"results\":[{\"lease\":$LEASE,\"exitcode\":0,\"output\":$1}]}" >b && api POST queues/q/finish @b
}

# long FIELD N: a task with a text of N bytes there.
long() { if [ "$1" = command ]; then object "$1=$(text "$2")"; else object command=c "$1=$(text "$2")"; fi; }
within() { long "$1" "$2" >body.json && api POST queues/q/tasks @body.json && status 201; }
beyond() { long "$1" "$2" >body.json && api POST queues/q/tasks @body.json && refused 400 bad_field "$1"; }

# variables N BYTES: an object of N variables of so many bytes each.
variables() { jq -nc --argjson n "$1" --arg v "$(text "$2")" '[range($n)|{("V\(.)"):$v}]|add'; }

it 'LIMIT_BODY: 1 MiB is read, a byte more is not' '
    server && printf "{\"command\":\"a\"}" >b && truncate -s 1048576 b && tr "\0" " " <b >b2 &&
    api POST queues/q/tasks @b2 && status 201 && echo >>b2 && api POST queues/q/tasks @b2 && refused 413 too_large'

it 'LIMIT_BODIES: 300 MiB of bodies at once do not sink it: too_busy' '
    server && is "$(python3 "$HERE/clients.py" bodies "$(url)" "$(cat "$DATA/token")" 300)" "200 503 201" &&
    counts pending=1 && test "$(awk "/VmRSS/{print \$2}" "/proc/$(cat "$DATA.pid")/status")" -lt 1200000'

it 'LIMIT_HEAD: a head over 16 KiB' '
    start && STATUS=$(curl -s -o body -w "%{http_code}" -H "X-A: $(text 17000)" "$(url)/healthz") && status 431'

it 'LIMIT_URI: a URL over 8 KiB' 'start && api GET "/healthz?$(text 8200)" && status 414'

it 'LIMIT_TASKS_PER_ADD: 10,001 tasks' '
    server && jq -nc "{tasks:[range(10001)|{command:\"c\"}]}" >b && api POST queues/q/tasks @b &&
    refused 413 too_large tasks && counts ""'

it 'LIMIT_CLAIM: 1,000 at once' '
    server && add_many 1001 && claim w max=1000 && field ".tasks|length" 1000 &&
    api POST queues/q/claim worker=w max=1001 && refused 400 bad_field max'

it 'LIMIT_WAIT_SECONDS: 61' 'server && api POST queues/q/claim worker=w wait=60.5 && refused 400 bad_field wait'

it 'LIMIT_RESULTS: 1,001 results' '
    server && jq -nc "{worker:\"w\",results:[range(1001)|{lease:(.+1),exitcode:0}]}" >b &&
    api POST queues/q/finish @b && refused 413 too_large results && jq -c "del(.results[0])" b >c &&
    api POST queues/q/finish @c && status 200 && field ".results|length" 1000'

it 'LIMIT_LEASES: 10,001 leases' '
    server && for verb in renew release; do jq -nc "{worker:\"w\",leases:[range(10001)|.+1]}" >b &&
    api POST queues/q/$verb @b && refused 413 too_large leases && jq -c "del(.leases[0])" b >c &&
    api POST queues/q/$verb @c && status 200 || return; done'

it 'LIMIT_IDS: 1,001 ids' '
    server && jq -nc "{ids:[range(1001)|.+1]}" >b && api POST queues/q/cancel @b && refused 413 too_large ids'

it 'LIMIT_PAGE: 1,001 tasks' '
    server && api GET "queues/q/tasks?limit=1001" && refused 400 bad_field limit &&
    api GET "queues/q/tasks?limit=1000" && status 200 && api GET "queues/q/results?limit=1001" &&
    refused 400 bad_field limit'

it 'LIMIT_PAGE_BYTES: results of 2 MiB come in pages' '
    server && add_many 34 && claim w max=34 && outputs_of :17 && outputs_of 17: && api GET queues/q/results &&
    test "$(wc -c <body)" -lt 1200000 && field ".next!=null" true'

it 'LIMIT_NAME: a queue, a worker, an upload, a payload of 129 bytes' '
    server && api PUT "queues/$(text 128)" && status 201 && api PUT "queues/$(text 129)" && refused 400 bad_name &&
    api POST queues/q/claim worker="$(text 128)" && status 200 && api POST queues/q/claim worker="$(text 129)" &&
    status 400 && TYPE=application/x-ndjson api PUT "queues/q/uploads/$(text 129)" "{}" && refused 400 bad_name &&
    TYPE=application/octet-stream api PUT "queues/q/payloads/$(text 129)" "{}" && refused 400 bad_name'

it 'LIMIT_USER: 65 bytes' '
    start && api GET "users/$(text 65)/queues/q" && refused 400 bad_name && api GET "users/$(text 64)/queues/q" &&
    refused 404 queue_not_found'

it 'LIMIT_NONCE: 65 bytes' '
    server && api POST queues/q/claim worker=w nonce="$(text 65)" && refused 400 bad_field nonce &&
    api POST queues/q/claim worker=w nonce="$(text 64)" && status 200'

it 'LIMIT_KEY: 257 bytes' 'server && within key 256 && beyond key 257'

it 'LIMIT_COMMAND: 64 KiB and one' 'server && within command 65536 && beyond command 65537'

it 'LIMIT_CWD: 4,096 bytes' '
    server && api POST queues/q/tasks command=c cwd="/$(text 4094)" && status 201 &&
    api POST queues/q/tasks command=c cwd="/$(text 4095)" && refused 400 bad_field cwd'

it 'LIMIT_ENV: 32 KiB together' '
    server && object command=c env="$(variables 4 8000)" >b && api POST queues/q/tasks @b && status 201 &&
    object command=c env="$(variables 4 8200)" >b && api POST queues/q/tasks @b && refused 400 bad_field env'

it 'LIMIT_ENV_COUNT: 257 variables' '
    server && object command=c env="$(variables 256 1)" >b && api POST queues/q/tasks @b && status 201 &&
    object command=c env="$(variables 257 1)" >b && api POST queues/q/tasks @b && refused 400 bad_field env'

it 'LIMIT_MESSAGE: 4 KiB and one' '
    server && add a && claim w &&
    api POST queues/q/finish worker=w results="[{\"lease\":$LEASE,\"exitcode\":1,\"message\":\"$(text 4097)\"}]" &&
    refused 400 bad_field message && finish w 1 message="$(text 4096)" && outcome accepted'

it 'LIMIT_OUTPUT: 64 KiB and one of each stream' '
    server && add a && claim w && full="\"$(text 65536)\"" && over="\"$(text 65537)\"" &&
    outputs "{\"stdout\":$over}" && refused 400 bad_field stdout && outputs "{\"stderr\":$over}" && refused 400 bad_field stderr &&
    outputs "{\"stdout\":$full,\"stderr\":$full}" && status 200 && outcome accepted'

it 'LIMIT_TEXT_FILTER: 257 bytes' '
    server && api GET "queues/q/tasks?text=$(text 257)" && refused 400 bad_field text &&
    api GET "queues/q/tasks?text=$(text 256)" && status 200'

it 'LIMIT_PRIORITY: a million and one' '
    server && for n in 1000001 -1000001 99999999999999999999; do api POST queues/q/tasks command=c priority=$n &&
    status 400 || return; done && add a priority=-1000000 && add b priority=1000000 && claim w && got b'

it 'LIMIT_LEASE_SECONDS: 30 days and a second' '
    server && add a && api POST queues/q/claim worker=w lease_seconds=2592001 &&
    refused 400 bad_field lease_seconds && claim w lease_seconds=2592000 && got a &&
    api POST queues/q/renew worker=w leases="[$LEASE]" lease_seconds=2592001 && refused 400 bad_field lease_seconds'

it 'LIMIT_TIME_LIMIT_SECONDS: 366 days and a second' '
    server && api POST queues/q/tasks command=c time_limit=31622401 && refused 400 bad_field time_limit &&
    add a time_limit=31622400'

it 'LIMIT_COUNT_POLICY: a million and one' '
    start && api PUT queues/q max_attempts=1000001 && refused 400 bad_field max_attempts &&
    api PUT queues/q max_crashes=1000001 && refused 400 bad_field max_crashes &&
    api PUT queues/q max_crashes=1000000 && status 201'

it 'LIMIT_HEAD_SECONDS: a head a byte a second is cut after 10 s' '
    start && took=$(python3 "$HERE/clients.py" slow-head "$(url)" 40) && test "$took" -ge 9 && test "$took" -le 16'

it 'LIMIT_BODY_RATE, LIMIT_BODY_GRACE_SECONDS: a body of 10 bytes a second is cut after 10 s' '
    start && took=$(python3 "$HERE/clients.py" slow-body "$(url)" "$(cat "$DATA/token")") && test "$took" -ge 9 &&
    test "$took" -le 20'

it 'LIMIT_IDLE_SECONDS: a connection that rests for 2 minutes is closed' '
    start && took=$(python3 "$HERE/clients.py" rest "$(url)" 170) && test "$took" -ge 100 && test "$took" -le 140' 200

it 'LIMIT_TURN_REQUESTS: 600 requests at once are all answered' '
    server && is "$(python3 "$HERE/clients.py" burst "$(url)" "$(cat "$DATA/token")" 600)" 600 && counts pending=600'

it 'LIMIT_TURN_ROWS, LIMIT_SLICE_ROWS: 1,001 tasks cancelled are an operation' '
    server && add_many 1001 && api POST queues/q/cancel && status 202 && wait_for "counts killed=1001"'

it 'LIMIT_RESERVE: 16 MiB lie ready for results' '
    start && test "$(find "$DATA" -name "*reserve*" -size +16383k | wc -l)" = 1'

it 'LIMIT_JOBS: docket work -j 4097' 'server && exits 2 docket work q -j 4097 && has err 4096'

it 'LIMIT_AHEAD: docket work --batch 1001' 'server && exits 2 docket work q --batch 1001 && has err 1000'

done_testing
