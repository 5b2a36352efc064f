# Who works on a queue.
. "$(dirname "$0")/lib.sh"

workers() { api GET "queues/q/workers$1" && status 200; }
names() { field '[.workers[].worker]|join(" ")' "$*"; }
count() { api GET queues/q && field .workers "$1"; }

it 'nobody, one that asked, one that holds' '
    server && workers "" && names && field .next null && claim idle && add a && add b && claim busy max=2 && workers "" &&
    names busy idle && field "[.workers[].leases]|join(\" \")" "2 0" && field ".workers[1].oldest_started" null &&
    field ".workers[0]|keys|join(\" \")" "failed finished leases oldest_started seen worker" && count 2'

it 'what it holds and what it did, as leases come and go' '
    server attempts=3 && for n in 1 2 3 4; do add t$n || return; done && claim w && api GET "queues/q/workers" &&
    began=$(json ".workers[0].oldest_started") && clock +5s && claim w max=3 && workers "" &&
    field ".workers[0].leases" 3 && field ".workers[0].oldest_started" "$began"; workers "" &&
    field ".workers[0].leases" 4 && finish_lease w 1 0 && finish_lease w 2 1 && workers "" &&
    field ".workers[0].leases" 2 && field ".workers[0].finished" 2 && field ".workers[0].failed" 1 &&
    not test "$(json ".workers[0].oldest_started")" = "$began"'

it 'seen in the last three minutes, or holding a lease' '
    server lease=3600s && add a && claim holder && claim passer && clock +181s && workers "" && names holder && count 1 &&
    finish holder && workers "" && names holder && clock +181s && workers "" && names && count 0'

it 'renewing and finishing are signs of life too' '
    server lease=300s && add a && claim w && clock +170s && renew w && clock +170s && workers "" && names w &&
    field ".workers[0].seen>\"2000\"" true && clock +301s && workers "" && names'

it 'a worker whose lease ran out holds nothing' '
    server lease=30s && add a && claim w && clock +31s && workers "" && names w && field ".workers[0].leases" 0'

it 'after a restart, and after a crash, they hold what they held' '
    server && add a && add b && claim w max=2 && finish w && for how in restart crash; do $how && workers "" && names w &&
    field ".workers[0].leases" 1 && count 1 || return; done'

it 'in pages by name' '
    server && for w in e b d a c; do claim $w || return; done && workers "?limit=2" && names a b && field .next b &&
    workers "?limit=2&after=b" && names c d && field .next d && workers "?limit=2&after=d" && names e && field .next null'

it 'of one queue only; a queue that is not there' '
    server && make_queue b && claim w && api GET queues/b/workers && field ".workers|length" 0 &&
    api GET queues/none/workers && refused 404 queue_not_found'

it 'LIMIT_WORKERS: 1,001 workers' '
    server && api GET "queues/q/workers?limit=1001" && refused 400 bad_field limit && workers "?limit=1000" &&
    api GET "queues/q/workers?page=2" && refused 400 unknown_field'

done_testing
