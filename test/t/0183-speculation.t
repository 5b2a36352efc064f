# A second lease on a running task, where the queue speculates and nothing is pending.
. "$(dirname "$0")/lib.sh"

outcomes() { task "$1" && field '[.attempts[].outcome]|join(" ")' "$2"; }

it 'off: an idle worker gets nothing' 'server && add a && claim v && claim w && got'

it 'an idle worker gets the oldest running task of another one; the first success wins' '
    server speculate=true && add a && add b && claim v max=2 && got a b && claim w && got a && state a running &&
    field .attempt_count 2 && finish w 0 && outcome accepted && state a succeeded && outcomes a "succeeded superseded" &&
    finish_lease v "$(leases v | cut -d, -f1)" 0 && outcome stale && task a && field .attempt_count 2'

it 'the holder itself gets no second lease, nobody a third' '
    server speculate=true && add a && claim v && claim v && got && claim w && got a && claim x && got'

it 'the first one may win too; the other is told to stop' '
    server speculate=true && add a && claim v && claim w && finish v 0 && outcome accepted && renew w && outcome cancelled &&
    outcomes a "superseded succeeded"'

it 'one of the two fails: it is not counted, the other goes on' '
    server speculate=true && add a && claim v && claim w && finish v 1 && outcome accepted && state a running &&
    field .failures 0 && claim x && got a && finish w 1 && state a running && finish x 1 && state a failed &&
    field .failures 1'

it 'one of the two dies: no crash is counted' '
    server speculate=true crashes=1 lease=30s && add a && claim v begin=1 && clock +20s && claim w begin=1 && got a &&
    clock +15s && state a running && field .crashes 0 && outcomes a "open crashed" && finish w 0 && state a succeeded'

it 'one of the two gives it back' '
    server speculate=true && add a && claim v && claim w && release v && outcome released && state a running &&
    outcomes a "open released" && finish w 0 && state a succeeded'

it 'cancel and recover close both' '
    server speculate=true && add a && claim v && claim w && api POST queues/q/recover && field .changed 1 && state a pending &&
    finish v 0 && outcome stale && finish w 0 && outcome stale && claim x && got a && claim y && got a &&
    api POST queues/q/cancel && renew x && outcome cancelled && renew y && outcome cancelled && state a killed'

it 'pending tasks come first; a parked claim is given what another begins' '
    server speculate=true && waiting x POST queues/q/claim "{\"worker\":\"x\",\"wait\":50}" && add a && answered x && got a &&
    waiting y POST queues/q/claim "{\"worker\":\"x\",\"wait\":50}" && add b && answered y && got b && claim z && got a'

it 'the result of the one that was accepted is the result' '
    server speculate=true && add a && claim v && claim w && finish v 0 result="{\"n\":1}" && outcome accepted &&
    api GET "tasks/$(id a)/result" && field .n 1 && api GET queues/q/results && field ".results[0].result.n" 1'

it 'after a crash of the server both leases stand' '
    server speculate=true && add a && claim v && claim w && crash && finish w 0 && outcome accepted && finish v 0 &&
    outcome stale && state a succeeded'

done_testing
