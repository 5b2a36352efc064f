# Leases: lengthened, run out, survive the server; crashes are counted only where a command had begun.
. "$(dirname "$0")/lib.sh"

it 'a silent worker loses its task' '
    server lease=30s && add a && claim w1 && clock +31s && claim w2 && got a && field ".tasks[0].attempt" 2'

it 'a lease holds until its time' 'server lease=300s && add a && claim w1 && clock +270s && claim w2 && got'

it 'a claim may ask for another length' '
    server lease=30s && add a && claim w1 lease_seconds=300 && clock +31s && claim w2 && got && clock +300s &&
    claim w2 && got a'

it 'a renewed one holds on' '
    server lease=30s && add a && claim w1 && clock +20s && renew w1 && outcome renewed && clock +20s && claim w2 &&
    got && finish w1 && outcome accepted'

it 'a renewal may ask for another length' '
    server lease=30s && add a && claim w1 && renew w1 lease_seconds=1000 && clock +900s && claim w2 && got &&
    clock +101s && claim w2 && got a'

it 'until moves with the renewal' '
    server lease=30s && add a && claim w && b=$(json ".tasks[0].until") && clock +10s && renew w &&
    e=$(json ".leases[0].until") && test "$(date -d "$e" +%s)" -gt "$(date -d "$b" +%s)"'

it 'renewing what has run out: lost' '
    server lease=30s && add a && claim w1 && clock +31s && wait_for "state a pending" && renew w1 && outcome lost'

it 'renewing what is of nobody: lost' 'server && api POST queues/q/renew worker=w leases="[12345]" && outcome lost'

it 'renewing what somebody cancelled: cancelled' '
    server && add a && claim w && api POST queues/q/cancel && renew w && outcome cancelled && state a killed'

it 'run out, not begun: no crash' '
    server lease=30s crashes=1 && add a && claim w1 && clock +31s && wait_for "state a pending" &&
    field .crashes 0 && field ".attempts[0].outcome" expired'

it 'run out, begun with the claim: a crash' '
    server lease=30s && add a && claim w1 begin=1 && clock +31s && wait_for "state a pending" && field .crashes 1 &&
    field .failures 0 && field ".attempts[0].outcome" crashed'

it 'begin covers the first so many only' '
    server lease=30s && add a && add b && claim w1 max=2 begin=1 && clock +31s && wait_for "state a pending" &&
    field .crashes 1 && wait_for "state b pending" && field .crashes 0'

it 'run out, renewed as begun: a crash; renewed as held: none' '
    server lease=30s && add a && claim w1 && renew w1 && clock +31s && wait_for "state a pending" &&
    field .crashes 1 && claim w1 && hold w1 && outcome renewed && clock +31s && wait_for "state a pending" &&
    field .crashes 1'

it 'run out, reported started: a crash' '
    server lease=30s && add a && claim w1 && api POST queues/q/finish worker=w1 started="[$LEASE]" && status 200 &&
    clock +31s && wait_for "state a pending" && field .crashes 1'

it 'max_crashes: killed, with a reason' '
    server lease=30s crashes=2 && add a && claim w begin=1 && clock +31s && wait_for "state a pending" &&
    claim w begin=1 && clock +31s && wait_for "state a killed" && field ".reason|length>0" true &&
    field .crashes 2 && claim w && got && counts killed=1'

it 'crashes and failures are counted apart' '
    server lease=30s attempts=2 crashes=2 && add a && claim w begin=1 && clock +31s && wait_for "state a pending" &&
    claim w && finish w 1 && state a pending && field .crashes 1 && field .failures 1 && claim w && finish w 1 &&
    state a failed'

it 'a late result is stale, kept beside its attempt, the first one only' '
    server lease=30s && add a && claim w1 && clock +31s && wait_for "state a pending" &&
    finish w1 4 message=late output=slow && outcome stale && finish w1 0 message=later && outcome stale &&
    state a pending && field ".attempts[0].late.exitcode" 4 && field ".attempts[0].late.message" late &&
    field ".attempts[0].late.received|length" 24 && api GET "tasks/$ID/output?attempt=1" && status 200 &&
    field .stdout slow'

it 'a late result never overwrites' '
    server lease=30s && add a && claim w1 && clock +31s && claim w2 && finish w2 0 output=right &&
    finish w1 1 output=wrong && outcome stale && state a succeeded && api GET "tasks/$ID/output" &&
    field .stdout right && field .attempt 2'

it 'open leases survive a restart' '
    server lease=60s && add a && claim w1 && restart && claim w2 && got && finish w1 && outcome accepted'

it 'a server away longer than the lease charges nobody: each lease runs on for its length' '
    server lease=30s crashes=1 && add a && claim w1 begin=1 && kill9 && clock_off +600s && start && claim w2 &&
    got && state a running && renew w1 && outcome renewed && finish w1 && outcome accepted'

it 'after a restart a lease runs out in the end' '
    server lease=30s && add a && claim w1 && crash && claim w2 && got && clock +31s && claim w2 && got a'

it 'held over a restart: adopted by the list of leases' '
    server && add a && claim w && crash && api GET "queues/q/leases?worker=w" &&
    field ".leases[0].lease" "$LEASE" && field ".leases[0].id" "$ID"'

it '1,500 leases that run out together come back, and the server answers meanwhile' '
    server lease=30s && add_many 1500 && claim w max=1000 && claim w max=500 && clock +31s && api GET queues/q &&
    status 200 && wait_for "counts pending=1500"'

it 'a clock that was put back does not hurt: time goes on from the newest in the store' '
    server lease=30s && clock +1d && add a && stop && printf %020d 0 1<>"$DATA.clock" && start && add b && task b &&
    b=$(json .created) && task a && a=$(json .created) && ! expr "$b" \< "$a" && claim w1 && got a && clock +31s &&
    claim w2 && got a'

done_testing
