# Rerun, recover, revive, delete, PATCH: what may be asked of tasks besides retry and cancel.
. "$(dirname "$0")/lib.sh"

done_with() { for n; do add "$n" && claim w && finish w 0 || return; done; }
failed() { for n; do add "$n" && claim w && finish w 1 || return; done; }
cancelled() { for n; do add "$n" && api POST queues/q/cancel ids="[$(id "$n")]" && status 200 || return; done; }
ask() { api POST "queues/q/$1" "ids=[$(id "$2")]"; }
gone() { api GET "tasks/$(id "$1")" && refused 404 task_not_found; }
no_operations() { api GET "queues/${1:-q}" && [ "$(json '.operations|length')" = 0 ]; }

it 'rerun: whatever has ended is pending, counted from 0' '
    server && done_with a && failed b && cancelled c && add d && api POST queues/q/rerun && status 200 &&
    field .changed 3 && counts pending=4 && state b pending && field .failures 0 && claim w && got a && finish w 0 &&
    outcome accepted && state a succeeded && field ".attempts|length" 2'

it 'rerun by filter and by id, with a priority' '
    server && done_with a && failed b c && api POST queues/q/rerun state=succeeded && field .changed 1 &&
    state b failed && api POST queues/q/rerun ids="[$(id c)]" priority=3 && state c pending && field .priority 3 &&
    claim w && got c'

it 'rerun: only those that ended long enough ago' '
    server && done_with a && clock +1h && done_with b && api POST queues/q/rerun older_than_seconds=600 &&
    field .changed 1 && state a pending && state b succeeded'

it 'recover: running tasks are pending, nothing counted; a late result is stale and kept' '
    server crashes=1 && add a && claim w begin=1 && api POST queues/q/recover && field .changed 1 && state a pending &&
    field .crashes 0 && field ".attempts[0].outcome" recovered && renew w && outcome lost && finish w 0 &&
    outcome stale && task a && field ".attempts[0].late.exitcode" 0 && state a pending'

it 'recover by worker; dead: only those whose lease is over' '
    server && add a && add b && claim v && claim w && api POST queues/q/recover worker=v && field .changed 1 &&
    state a pending && state b running && api POST queues/q/recover dead=true && field .changed 0 && state b running'

it 'recover says how many a live worker held; of a lease that is over none is' '
    server && add a && add b && claim v max=2 && api POST queues/q/recover ids="[$(id a)]" && field .changed 1 && field .live 1 &&
    api POST queues/q/recover && field .changed 1 && field .live 1 && api POST queues/q/recover && field .changed 0 &&
    field .live 0 && api POST queues/q/retry && field "has(\"live\")" false'

it 'revive: killed tasks, cancelled ones too, with a priority' '
    server && cancelled a b && failed c && api POST queues/q/revive priority=2 && field .changed 2 && state a pending &&
    field .priority 2 && state c failed'

it 'delete: finished, waiting and pending tasks go with all that is known of them; running ones stay' '
    server && done_with a && failed b && add c && add d && claim w && got c && add e key=k &&
    api POST queues/q/delete && status 200 && field .changed 4 && gone a && gone b && gone d && gone e && counts running=1 &&
    finish w 0 && outcome accepted && add f key=k && state f pending'

it 'delete by force: running ones too; what they hand in is unknown' '
    server && add a && claim w && ask delete a && refused 400 bad_field running &&
    api POST queues/q/delete ids="[$(id a)]" force=true && field .changed 1 && gone a && finish w 0 && outcome unknown &&
    renew w && outcome lost && counts ""'

it 'DELETE of one task' '
    server && done_with a && add b && claim w && api DELETE "tasks/$(id a)" && status 200 && gone a &&
    api DELETE "tasks/$(id a)" && refused 404 task_not_found && api DELETE "tasks/$(id b)" && refused 409 task_state &&
    state b running && api DELETE "tasks/$(id b)?force=1" && status 200 && gone b && api DELETE "tasks/$(id b)?force=2" &&
    refused 400 bad_field force && api DELETE "tasks/1?odd=1" && refused 400 unknown_field odd'

it 'what goes with one event only is refused with the others' '
    server && add a && api POST queues/q/rerun killed=true && refused 400 bad_field killed &&
    api POST queues/q/cancel force=true && refused 400 bad_field force && api POST queues/q/retry dead=true &&
    refused 400 bad_field dead && api POST queues/q/delete priority=1 && refused 400 bad_field priority &&
    api POST queues/q/rerun state=running && refused 400 bad_field "succeeded or failed or killed" &&
    api POST queues/q/rerun ids="[$(id a)]" older_than_seconds=1 && refused 400 bad_field filter && state a pending'

it 'a filter that meets nothing changes nothing and says so' '
    server && done_with a && api POST queues/q/rerun exitcode=9 && status 200 && field .changed 0'

it 'more than 1,000: operations of each kind, side by side, resumed after a crash' '
    server && add_many 4000 && api POST queues/q/cancel && status 202 && api POST queues/q/rerun state=killed &&
    status 202 && field ".operation>0" true && crash && wait_for no_operations 60 && api GET queues/q &&
    field ".counts.killed + .counts.pending" 4000 && api POST queues/q/delete && status 202 && crash &&
    wait_for no_operations 60 && counts ""'

it 'PATCH: priority, not_before, after of a task nobody has claimed' '
    server && add a && add b && api PATCH "tasks/$(id b)" priority=9 && status 200 && field .priority 9 && claim w && got b &&
    api PATCH "tasks/$(id a)" not_before=2100-01-01T00:00:00Z && field .state waiting && claim v && got &&
    api PATCH "tasks/$(id a)" not_before=null && field .state pending && api PATCH "tasks/$(id a)" after="[$(id b)]" &&
    field .state waiting && finish w 0 && state a pending && claim w && got a'

it 'PATCH: refused for what runs or has ended, for circles, for nonsense' '
    server && add a && add b after="[$(id a)]" && api PATCH "tasks/$(id a)" after="[$(id b)]" &&
    refused 400 dependency_cycle "$(id a) → $(id b) → $(id a)" && api PATCH "tasks/$(id a)" after="[$(id a)]" &&
    refused 400 dependency_cycle itself && api PATCH "tasks/$(id a)" after="[999]" &&
    refused 400 dependency_not_found 999 && api PATCH "tasks/$(id a)" not_before=soon && refused 400 bad_field not_before &&
    api PATCH "tasks/$(id a)" colour=1 && refused 400 unknown_field colour && api PATCH tasks/999 priority=1 &&
    refused 404 task_not_found && claim w && api PATCH "tasks/$(id a)" priority=1 && refused 409 task_state running'

it 'deleting a queue: gone at once, its name free, its tasks follow' '
    server && add_many 3000 && add x && api DELETE queues/q && status 202 && api GET queues/q &&
    refused 404 queue_not_found && gone x && make_queue q && counts "" && add y && crash && state y pending &&
    wait_for no_operations 60 && counts pending=1'

it 'deleting a queue with running tasks: by force only' '
    server && add a && claim w && api DELETE queues/q && refused 409 queue_running "1 task" && state a running &&
    api DELETE "queues/q?force=1" && status 202 && finish_lease w "$(leases w)" 0; refused 404 queue_not_found'

it 'deleting a queue ends the waits for its tasks' '
    server && waiting w POST queues/q/claim "{\"worker\":\"w\",\"wait\":50}" && api DELETE queues/q && status 202 &&
    answered w && field .code queue_not_found'

it 'retention: finished tasks are removed in time, those that others wait for are spared' '
    server retention=100s && done_with a && failed b && add c after="[$(id b)]" && clock +90s && state a succeeded &&
    clock +30s && wait_for "gone a" && state b failed && state c waiting && clock +1d && state b failed'

it 'LIMIT_RETENTION_SECONDS' '
    server && api PUT queues/q retention_seconds=400000000 && refused 400 bad_field retention_seconds &&
    api POST queues/q/rerun older_than_seconds=400000000 && refused 400 bad_field older_than_seconds'

it 'who changed what is in the journal' '
    server && add a && api POST queues/q/pause && api POST queues/q/cancel ids="[$(id a)]" && api GET journal &&
    status 200 && field "[.entries[].action]|join(\" \")" "cancel pause create" && field ".entries[0].task" "$(id a)" &&
    field ".entries[0].from" 127.0.0.1 && api GET "journal?queue=other" && field ".entries|length" 0 &&
    api GET "journal?limit=1" && field ".next>0" true && api GET "journal?before=$(json .next)&limit=1" &&
    field ".entries[0].action" pause && api GET "journal?limit=x" && refused 400 bad_field limit'

done_testing
