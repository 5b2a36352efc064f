# Retry and cancel: by id, by filter, of all; more than 1,000 rows as an operation.
. "$(dirname "$0")/lib.sh"

# failed NAME…: added, claimed, failed.
failed() { for n; do add "$n" && claim w && finish w 1 || return; done; }
no_operations() { api GET queues/q && [ "$(json '.operations|length')" = 0 ]; }

it 'retry: failed tasks are pending, counted from 0' '
    server && failed a b && add c && api POST queues/q/retry && status 200 && field .changed 2 && state a pending &&
    field .failures 0 && field .attempt_count 1 && claim w && got a && finish w 1 && state a failed'

it 'retry by id' '
    server && failed a b && api POST queues/q/retry ids="[$(id b)]" && field .changed 1 && state a failed &&
    state b pending'

it 'retry by filter' '
    server && failed a && add b && claim other && finish other 7 && api POST queues/q/retry exitcode=7 &&
    field .changed 1 && state a failed && state b pending && api POST queues/q/retry worker=w && field .changed 1 &&
    state a pending'

it 'killed by crashes only with killed; cancelled only by id' '
    server lease=30s crashes=1 && add a && claim w begin=1 && clock +31s && wait_for "state a killed" && add b &&
    api POST queues/q/cancel ids="[$(id b)]" && state b killed && api POST queues/q/retry && field .changed 0 &&
    api POST queues/q/retry killed=true && field .changed 1 && state a pending && field .crashes 0 &&
    state b killed && api POST queues/q/retry ids="[$(id b)]" && field .changed 1 && state b pending'

it 'cancel: waiting, pending and running ones; their leases are closed' '
    server && add a && claim w && add b && add c not_before=2100-01-01T00:00:00Z && add d &&
    api POST queues/q/cancel ids="[$(id d)]" && api POST queues/q/cancel && field .changed 3 && counts killed=4 &&
    finish w && outcome stale && state a killed && field ".attempts[0].outcome" cancelled && claim w && got'

it 'cancel by filter' '
    server && add a && add b && claim w && api POST queues/q/cancel state=pending && field .changed 1 &&
    state a running && state b killed'

it 'what has finished is not cancelled' '
    server && add a && claim w && finish w && api POST queues/q/cancel && field .changed 0 && state a succeeded'

it 'ids of another queue, of nothing, or in a state it does not apply to: refused, nothing changed' '
    server && failed a && add b && claim w && finish w && add c && make_queue q2 &&
    api POST queues/q2/retry ids="[$(id a)]" && refused 404 task_not_found "$(id a)" &&
    api POST queues/q/retry ids="[$(id a),99999]" && refused 404 task_not_found 99999 &&
    api POST queues/q/retry ids="[$(id a),$(id b)]" && refused 400 bad_field "$(id b)" &&
    api POST queues/q/cancel ids="[$(id c),$(id a)]" && refused 400 bad_field "$(id a)" && state a failed &&
    state b succeeded && state c pending'

it 'ids that are where the event would bring them already are left alone and not counted' '
    server && add a && api POST queues/q/retry ids="[$(id a)]" && field .changed 0 &&
    api POST queues/q/cancel ids="[$(id a)]" && field .changed 1 && api POST queues/q/cancel ids="[$(id a)]" &&
    field .changed 0 && state a killed'

it 'wrong bodies' '
    server && for verb in retry cancel; do api POST queues/q/$verb ids=5 && refused 400 bad_field ids &&
    api POST queues/q/$verb ids="[\"x\"]" && refused 400 bad_id "ids[0]" && api POST queues/q/$verb state=odd &&
    refused 400 bad_field state && api POST queues/q/$verb exitcode=x && refused 400 bad_field exitcode &&
    api POST queues/q/$verb colour=1 && refused 400 unknown_field colour || return; done'

it 'more than 1,000: an operation, listed until it is done' '
    server && add_many 3000 && api POST queues/q/cancel && status 202 && field ".operation>0" true &&
    wait_for no_operations && counts killed=3000'

it 'tasks added later are not touched' '
    server && add_many 5000 && api POST queues/q/cancel && status 202 && add late && wait_for no_operations &&
    state late pending && counts "pending=1 killed=5000"'

it 'an operation goes on after kill -9' '
    server && add_many 10000 && add_many 10000 u && api POST queues/q/cancel && status 202 && kill9 && start &&
    wait_for no_operations 60 && counts killed=20000' 120

it 'retry of more than 1,000, with claims beside it' '
    server && add_many 2500 && for i in 1 2 3; do claim w max=1000 &&
    api POST queues/q/finish "{\"worker\":\"w\",\"results\":[$(jq -c "[.tasks[]|{lease,exitcode:1}][]" body | paste -sd,)]}" || return; done &&
    counts failed=2500 && api POST queues/q/retry && status 202 && wait_for "claim w2 && test -n \"\$LEASE\"" &&
    wait_for no_operations && counts "pending=2499 running=1"'

it 'two operations at once' '
    server && make_queue q2 && add_many 2000 && api POST queues/q2/tasks @many.json && api POST queues/q/cancel &&
    status 202 && api POST queues/q2/cancel && status 202 && wait_for "counts killed=2000 && counts killed=2000 q2"'

it 'a retried task takes a new attempt, and what was known of the old ones stays' '
    server && failed a && api POST queues/q/retry && claim w && finish w 0 && task a &&
    field "[.attempts[].outcome]|join(\" \")" "succeeded failed"'

done_testing
