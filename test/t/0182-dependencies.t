# Tasks that wait for other tasks.
. "$(dirname "$0")/lib.sh"

bulk() { api POST queues/q/tasks "{\"tasks\":[$1]}"; }
t() { printf '{"command":"%s","key":"%s","after":[%s]}' "$1" "$1" "$2"; } # NAME AFTER
key() { printf '{"key":"%s"}' "$1"; }
# remember NAME…: the ids that were answered, in that order.
remember() { i=0; for n; do json ".ids[$i]" >"id.$n"; i=$((i + 1)); done; }

it 'after an id: waiting until it has succeeded' '
    server && add a && add b after="[$(id a)]" && state b waiting && field ".after[0].met" false && claim w && got a &&
    claim v && got && finish w 0 && state b pending && field ".after[0].met" true && claim v && got b'

it 'finish and claim in one request: the dependent comes in the same answer' '
    server && add a && add b after="[$(id a)]" && claim w && finish_and_claim w && got b'

it 'a parked claim is handed what becomes ready' '
    server && add a && add b after="[$(id a)]" && claim w && got a &&
    waiting v POST queues/q/claim "{\"worker\":\"v\",\"wait\":50}" && finish w 0 && answered v && got b'

it 'by key, in any order within a request' '
    server && bulk "$(t a "$(key b),$(key c)"),$(t b "$(key c)"),$(t c "")" && status 201 && remember a b c &&
    state a waiting && state b waiting && state c pending && claim w && got c && finish_and_claim w && got b &&
    finish_and_claim w && got a'

it 'by a key the queue has; a task with a key that is there waits for nothing new' '
    server && add a key=a && add b after="[$(key a)]" && state b waiting && add z && add a2 key=a after="[$(id z)]" &&
    is "$(id a2)" "$(id a)" && state a pending'

it 'on what has succeeded already: not at all' '
    server && add a && claim w && finish w 0 && add b after="[$(id a)]" && state b pending'

it 'circles are refused with their path, and nothing is added' '
    server && bulk "$(t a "$(key b)"),$(t b "$(key c)"),$(t c "$(key a)")" &&
    refused 400 dependency_cycle "'"'a' → 'b' → 'c' → 'a'"'" && bulk "$(t s "$(key s)")" &&
    refused 400 dependency_cycle "'"'s' → 's'"'" && counts ""'

it 'what is not there cannot be waited for' '
    server && api POST queues/q/tasks command=x after="[77]" && refused 400 dependency_not_found 77 &&
    bulk "$(t a ""),$(t b "$(key nope)")" && refused 400 dependency_not_found "tasks[1].after" && has body nope &&
    counts "" && api POST queues/q/tasks command=x after="[0]" && refused 400 bad_field after &&
    api POST queues/q/tasks command=x after="[\"a\"]" && refused 400 bad_field after &&
    api POST queues/q/tasks command=x after=5 && refused 400 bad_field after'

it 'LIMIT_AFTER and LIMIT_AFTER_PER_ADD' '
    server && api POST queues/q/tasks command=x after="[$(seq -s, 1 1001)]" && refused 413 too_large after && add a &&
    jq -nc "{tasks:[range(0;21)|{command:\"x\",after:[range(0;1000)|{key:\"k\"}]}]}" | jq -c ".tasks += [{command:\"y\",key:\"k\"}]" >many.json &&
    api POST queues/q/tasks @many.json && refused 413 too_large "at most 20000"'

it 'a failure leaves dependents waiting, says so, and they run once it succeeds' '
    server && add a && add b after="[$(id a)]" && claim w && finish w 1 && state b waiting &&
    field ".why|join(\"; \")" "waits for $(id a) (failed)" && api GET queues/q && field .drained true &&
    api POST queues/q/retry && api GET queues/q && field .drained false && claim w && finish w 0 && state b pending'

it 'on_dependency_failure cancel: dependents are killed, and theirs' '
    server failure=cancel && add a && add b after="[$(id a)]" && add c after="[$(id b)]" && add d && claim w && finish w 1 &&
    state b killed && field .reason "a task it waited for failed, was killed or was deleted" && state c killed &&
    state d pending && add e after="[$(id a)]" && state e killed'

it 'retry of the killed ones: they wait again' '
    server failure=cancel && add a && add b after="[$(id a)]" && claim w && finish w 1 && state b killed &&
    api POST queues/q/retry killed=true && field .changed 2 && state a pending && state b waiting && claim w && got a &&
    finish w 0 && state b pending'

it 'a dependency that is cancelled or deleted' '
    server && add a && add b after="[$(id a)]" && api DELETE "tasks/$(id a)" && state b waiting &&
    field ".why[0]" "waits for $(id a) (deleted)" && field ".after[0].state" deleted &&
    api PATCH "tasks/$(id b)" after="[]" && field .state pending'

it 'rerun of a dependency does not call back who was told' '
    server && add a && add b after="[$(id a)]" && claim w && finish w 0 && api POST queues/q/rerun ids="[$(id a)]" &&
    state a pending && state b pending'

it 'time and dependency: both have to come' '
    server && add a && add b after="[$(id a)]" not_before=2100-01-01T00:00:00Z && claim w && finish w 0 && state b waiting &&
    field ".why|join(\"; \")" "not before 2100-01-01T00:00:00.000Z"'

it 'across queues of one owner; a queue whose tasks wait for another is not drained' '
    server && make_queue other && add a && api POST queues/other/tasks command=b after="[$(id a)]" && status 201 &&
    json ".ids[0]" >id.b && state b waiting && api GET queues/other && field .drained false && claim w && finish w 1 &&
    api GET queues/other && field .drained true && api POST queues/q/retry && claim w && finish w 0 && state b pending'

it '5,000 dependents: told over several turns, and after a crash in between' '
    server && add a && jq -nc "{tasks:[range(0;5000)|{command:\"x\",after:[$(id a)]}]}" >many.json &&
    api POST queues/q/tasks @many.json && status 201 && claim w && finish w 0 && crash &&
    wait_for "counts \"pending=5000 succeeded=1\"" 30'

it 'a chain of 2,000 that is cancelled from its head' '
    server failure=cancel && jq -nc "{tasks:[range(0;2000)|{command:\"x\",key:\"k\(.)\",after:(if .==0 then [] else [{key:\"k\(.-1)\"}] end)}]}" >many.json &&
    api POST queues/q/tasks @many.json && status 201 && json ".ids[0]" >id.a && api POST queues/q/cancel ids="[$(id a)]" &&
    status 200 && wait_for "counts killed=2000" 30'

it 'LIMIT_REACH: too many to look through for circles' '
    server && for i in 0 1 2; do jq -nc --argjson i $i "{tasks:[range(\$i*8000;(\$i+1)*8000)|{command:\"x\",key:\"k\(.)\",after:(if .==0 then [] else [{key:\"k\(.-1)\"}] end)}]}" >many.json &&
    api POST queues/q/tasks @many.json && status 201 || return; done; add a && api PATCH tasks/1 after="[$(id a)]" &&
    refused 413 too_large "more than" && api PATCH tasks/20000 after="[$(id a)]" && status 200'

it 'in an upload a line may wait for what stands before it' '
    server && printf "%s\n" "$(t a "")" "$(t b "$(key a)")" >up && TYPE=application/x-ndjson api PUT queues/q/uploads/u @up &&
    status 200 && field .added 2 && counts "waiting=1 pending=1" && printf "%s\n" "$(t c "$(key d)")" "$(t d "")" >up2 &&
    TYPE=application/x-ndjson api PUT queues/q/uploads/v @up2 && status 400 && has body "stands before"'

it 'why not: paused, behind others, nobody asks' '
    server && add a && add b && add c priority=1 && task b && field ".why[0]" "2 tasks are before it" &&
    field ".why[1]" "no worker has asked this queue for work since the server was started" && claim w max=1 && got c && clock +3m && task b &&
    field ".why[1]|startswith(\"no worker has asked for 3 min\")" true && api POST queues/q/pause && task b &&
    field ".why[0]" "the queue is paused"'

done_testing
