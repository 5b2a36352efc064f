# Lists, filters, one task, outputs and results.
. "$(dirname "$0")/lib.sh"

commands() { field '[.tasks[].command]|join(" ")' "$*"; }

it 'a list in the order of ids, in pages' '
    server && add_many 5 && api GET "queues/q/tasks?limit=2" && status 200 && commands t1 t2 &&
    next=$(json .next) && api GET "queues/q/tasks?limit=2&cursor=$next" && commands t3 t4 && next=$(json .next) &&
    api GET "queues/q/tasks?limit=2&cursor=$next" && commands t5 && field .next null'

it 'a page holds 100 unless told' '
    server && add_many 150 && api GET queues/q/tasks && field ".tasks|length" 100 && field ".next!=null" true'

it 'filters: state, exitcode, worker, text, together' '
    server && add_many 4 && claim w1 max=2 &&
    api POST queues/q/finish worker=w1 results="[{\"lease\":${LEASE},\"exitcode\":3}]" && claim w2 &&
    api GET "queues/q/tasks?state=pending" && commands t4 && api GET "queues/q/tasks?state=failed" && commands t1 &&
    api GET "queues/q/tasks?exitcode=3" && commands t1 && api GET "queues/q/tasks?worker=w2" && commands t3 &&
    api GET "queues/q/tasks?text=t4" && commands t4 && api GET "queues/q/tasks?state=running&worker=w1" &&
    commands t2'

it 'text finds nothing special in % and _' '
    server && add "100%" && add a_b && add axb && api GET "queues/q/tasks?text=a_b" && commands a_b &&
    api GET "queues/q/tasks?text=0%25" && commands "100%"'

it 'wrong filters are refused by name' '
    server &&
    for bad in state=none exitcode=x limit=0 limit=1001 limit=x cursor=nonsense colour=1; do api GET "queues/q/tasks?$bad" &&
    status 400 && json .detail >d && has d "${bad%%=*}" || return; done'

it 'a task that is not there; an id that is none' '
    server && api GET tasks/999 && refused 404 task_not_found 999 &&
    for id in 0 -1 x 1x 1.5 99999999999999999999; do api GET "tasks/$id" && refused 400 bad_id || return; done'

it 'output and result before there are any' '
    server && add a && api GET "tasks/$ID/output" && refused 404 output_not_found && api GET "tasks/$ID/result" &&
    refused 404 output_not_found && api GET tasks/999/output && refused 404 task_not_found'

it 'the output of the last attempt that finished, or of one asked for' '
    server attempts=2 && add a && claim w && finish w 1 output=first && claim w && finish w 0 output=second &&
    api GET "tasks/$ID/output" && field .stdout second && api GET "tasks/$ID/output?attempt=1" &&
    field .stdout first && field .attempt 1 && api GET "tasks/$ID/output?attempt=3" &&
    refused 404 output_not_found && api GET "tasks/$ID/output?attempt=x" && refused 400 bad_field attempt'

it 'results of finished tasks in the order of ids' '
    server && add_many 3 && claim w max=3 && leases w | tr , "\n" >l &&
    finish_lease w "$(sed -n 2p l)" 0 output=two && finish_lease w "$(sed -n 1p l)" 1 output=one message=bad &&
    api GET queues/q/results && status 200 && field "[.results[].stdout]|join(\" \")" "one two" &&
    field ".results[0]|keys|join(\" \")" \
    "exitcode id message result state stderr stderr_size stdout stdout_size" && field ".results[0].message" bad &&
    field .next null && api GET "queues/q/results?state=succeeded" && field "[.results[].stdout]|join(\" \")" two'

it 'a page of results ends once it holds 1 MiB' '
    server && add_many 40 && claim w max=40 && big=$(head -c 60000 /dev/zero | tr "\0" x) &&
    jq -nc --arg o "$big" --argjson l "[$(leases w)]" \
    "{worker:\"w\",results:[\$l[:15][]|{lease:.,exitcode:0,output:\$o}]}" >f && api POST queues/q/finish @f &&
    status 200 && jq -c --argjson l "[$(leases w)]" ".results=[\$l[15:30][] as \$x|.results[0]|.lease=\$x]" f >f2 &&
    api POST queues/q/finish @f2 && status 200 && api GET queues/q/results && field ".results|length<30" true &&
    first=$(json ".results|length") && api GET "queues/q/results?cursor=$(json .next)" &&
    field ".results|length" $((30 - first)) && field .next null'

it 'why it is where it is: the reasons' '
    server && add a && task a && b=$(json .reason) && claim w && task a && not test "$(json .reason)" = "$b" &&
    api POST queues/q/cancel && task a && json .reason >r && has r cancel'

it 'attempts, newest first' '
    server attempts=3 && add a && claim w1 && release w1 && claim w2 && finish w2 1 && claim w3 && task a &&
    field "[.attempts[].outcome]|join(\" \")" "open failed released" &&
    field "[.attempts[].worker]|join(\" \")" "w3 w2 w1"'

it 'rev grows with each change' '
    server && add a && task a && b=$(json .rev) && claim w && task a && test "$(json .rev)" -gt "$b"'

it 'rate and eta after some work' '
    server && add_many 20 && for i in 1 2 3 4 5; do claim w && finish w || return; done && api GET queues/q &&
    field ".rate>0" true && field ".eta|.low<=.seconds and .seconds<=.high" true'

# hours N: N tasks, one after the other, each an hour long.
hours() {
    for i in $(seq "$1"); do claim w && clock +1h && finish w || return; done
}

it 'the time that is left, from the rate of late' '
    server lease=36000s && add_many 20 && hours 5 && api GET queues/q && field ".rate*3600|round" 1 &&
    field ".eta.seconds/3600|round" 15 && field ".eta.low>36000 and .eta.high<72000" true &&
    docket show q && grep -qE "rate +1/h lately, about 15 h left .1[0-4]–1[6-9]." out'

it 'an old rate is not mixed in: after a rest, other tasks' '
    server lease=36000s && add_many 25 && hours 5 && clock +9d && for i in 1 2 3 4 5; do
        claim w && clock +6m && finish w || return; done &&
    api GET queues/q && field ".rate*3600|round" 10'

it 'silence for longer than the work lasted: nothing is known any more' '
    server lease=36000s && add_many 9 && hours 5 && clock +310m && api GET queues/q && field .rate 0 && field .eta null'

it 'a paused queue has no time left to tell' '
    server lease=36000s && add_many 9 && hours 3 && api GET queues/q && field ".eta!=null" true &&
    api POST queues/q/pause && field .eta null'

it 'attempts that fail and are tried again are no progress' '
    server lease=36000s attempts=9 && add_many 9 && for i in 1 2 3; do
        claim w && clock +1h && finish w 1 || return; done && api GET queues/q && field .rate 0 && field .eta null'

done_testing
