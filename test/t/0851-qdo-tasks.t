# The face of qdo's web server: tasks added, taken, brought to a state, looked at; bodies in JSON and as forms.
. "$(dirname "$0")/lib.sh"

me() { command id -un; }
qdo() {
    method=$1 suffix=$2
    shift 2
    api "$method" "/$(me)/queues$suffix" "$@"
}
queue() { server "$@"; }

# form METHOD SUFFIX [CURL ARGUMENT…]: the same with a form for a body.
form() {
    method=$1 suffix=$2
    shift 2
    STATUS=$(curl -s -o body -D head -w '%{http_code}' -X "$method" -H "Authorization: Bearer $(cat "$DATA/token")" \
        -H 'Content-Type: application/x-www-form-urlencoded' "$@" "$(url)/$(me)/queues$suffix")
    say "$method $suffix $* -> $STATUS $(head -c 300 body)"
}

# put NAME STATE [FIELD=VALUE…]: the task is to be in that state.
put() {
    name=$1 to=$2
    shift 2
    qdo PUT "/q/tasks/$(id "$name")" "$(object state="$to" "$@")"
}

# In a state of its own each.
waiting_task() { add until && add "$1" after="[$(id until)]"; }
pending_task() { add "$1"; }
running_task() { add "$1" && claim holder && got "$1"; }
succeeded_task() { running_task "$1" && finish holder 0; }
failed_task() { running_task "$1" && finish holder 3; }
killed_task() { add "$1" && api POST queues/q/cancel ids="[$(id "$1")]"; }

it 'a task as qdo knew it' '
    queue && qdo POST /q/addtask command="./run x" priority=3 && status 201 && cp body first &&
    field "keys|join(\" \")" "attempts created err finished id jobid message priority requires started state task" && field .task "./run x" &&
    field .state Pending && field .priority 3 && field .attempts 0 && field .err null && qdo POST /q/addtask command=b requires="[$(jq .id first)]" &&
    field .state Waiting && field ".requires[0]" "$(jq .id first)" && qdo POST /q/poptask && field .id "$(jq .id first)" && field .state Running &&
    field .attempts 1 && qdo PUT "/q/tasks/$(jq .id first)" state=Failed err=7 message="out of luck" && field .state Failed && field .err 7 &&
    field .message "out of luck" && cp body put && qdo GET "/q/tasks/$(jq .id first)" && same body put && field .finished "$(jq -r .finished put)" &&
    api GET "tasks/$(jq .id first)" && field .reason "it failed and no attempt is left" && field .worker "$(me)@127.0.0.1"'

it 'what is added: a command, a value, many of them' '
    queue && qdo POST /q/tasks command=a && status 201 && field .task a && qdo POST /q/tasks "{\"task\":{\"x\":[1,2]}}" && status 201 && field .task.x[1] 2 &&
    qdo POST /q/addtask "{\"task\":\"c\"}" && field .task c && qdo POST /q/addtasks "{\"commands\":[\"d\",{\"n\":1},\"e\"],\"priority\":4}" && status 201 &&
    field length 3 && qdo POST /q/batchtasks "{\"commands\":[\"f\"]}" && field length 1 && qdo POST /q/tasks/ "{\"commands\":[\"g\",\"h\"],\"requires\":[1]}" &&
    field length 2 && qdo GET /q/tasks && field "[.[].task|if type==\"object\" then keys[0] else . end]|join(\" \")" "a x c d n e f g h" &&
    field ".[4].priority" 4 && field ".[8].requires[0]" 1 && field ".[8].state" Waiting && counts "waiting=2 pending=7"'

it 'forms: numbers are text, lists are repeated fields, a value is JSON' '
    queue && form POST /q/addtask --data-urlencode "command=a b&c=1 %" -d priority=-2 && status 201 && field .task "a b&c=1 %" && field .priority -2 &&
    form POST /q/addtasks -d commands=b -d commands=c+d -d requires=1 -d requires=1 && status 201 && field length 2 &&
    form POST /q/tasks -d "task={\"k\":1}" && field .task.k 1 && form POST /q/tasks -d task=%22e%22 && field .task e && form POST /q/poptask && field .task.k 1 &&
    form PUT /q/tasks/1 -d state=succeeded -d err=0 -d message= && status 200 && field .state Succeeded && form PUT /q/retry -d priority=1 &&
    field .changed 0 && form PUT /q/recover -d dead=true && status 200 && form POST /q/get && status 200'

it 'a long form comes whole' '
    queue && head -c 40000 /dev/zero | tr "\0" "%" >long && form POST /q/addtask --data-urlencode command@long && status 201 &&
    is "$(jq -r .task body | tr -d "\n" | wc -c)" 40000 &&
    for n in 255 256 511 512 1023 1024 2048; do
        head -c $n /dev/zero | tr "\0" x >one && form POST /q/addtasks --data-urlencode commands@one -d commands=y --data-urlencode commands@one && field length 3 || return
    done && is "$(counts | cat; api GET queues/q; json .counts.pending)" 22'

as_text() { TYPE=text/plain qdo POST /q/tasks x; }

it 'what is no task is refused by name, and nothing is added' '
    queue && refuses() { want=$1 code=$2 text=$3; shift 3; "$@" && refused "$want" "$code" "$text"; } &&
    refuses 400 bad_field "a command" qdo POST /q/tasks "{}" && refuses 400 bad_field "only one" qdo POST /q/tasks "{\"command\":\"a\",\"task\":1}" &&
    refuses 400 unknown_field comand qdo POST /q/addtask comand=a && refuses 400 unknown_field commands qdo POST /q/addtask "{\"commands\":[\"a\"]}" &&
    refuses 400 unknown_field "field command" qdo POST /q/addtasks command=a && refuses 400 bad_field "commands[1]" qdo POST /q/addtasks "{\"commands\":[\"a\",\"\"]}" &&
    refuses 400 bad_field "commands[0]" qdo POST /q/addtasks "{\"commands\":[null]}" && refuses 400 bad_field commands qdo POST /q/addtasks "{\"commands\":[]}" &&
    refuses 400 bad_field task qdo POST /q/tasks "{\"task\":null}" && refuses 400 bad_id "requires[0]" qdo POST /q/tasks "{\"command\":\"a\",\"requires\":[0]}" &&
    refuses 400 dependency_not_found 99 qdo POST /q/tasks "{\"command\":\"a\",\"requires\":[99]}" && refuses 400 bad_json "" qdo POST /q/tasks "{" &&
    refuses 400 bad_field priority qdo POST /q/tasks "{\"command\":\"a\",\"priority\":\"x\"}" && refuses 400 unknown_field parameter qdo POST "/q/tasks?command=a" &&
    refuses 400 bad_field priority form POST /q/tasks -d command=a -d priority=x && refuses 400 bad_field "more than once" form POST /q/tasks -d command=a -d command=b &&
    refuses 400 bad_id requires form POST /q/tasks -d command=a -d requires=x && refuses 400 bad_json "" form POST /q/tasks -d task=no+json &&
    refuses 400 unknown_field nope form POST /q/tasks -d nope=1 && refuses 400 bad_field "UTF-8" form POST /q/tasks -d command=%ff &&
    refuses 400 bad_field "NUL" form POST /q/tasks -d command=a%00b && refuses 415 unsupported_media_type "" as_text && counts ""'

it 'every way from state to state: what is PUT is what is so, anything else is 409 with the six states' '
    queue attempts=1 && while read -r from to then; do
        name="$from-$to" && "${from}_task" "$name" && put "$name" "$to" && case $then in
        409) refused 409 task_state && json .hint | grep -q "waiting, pending, running, succeeded, failed, killed" ;;
        *) status 200 && field .state "$then" ;;
        esac && { [ "$from" != waiting ] || put until killed; } && api POST queues/q/cancel && wait_for "api GET queues/q && field .counts.pending 0" ||
            { fail "$from to $to"; return; }
    done <<END
waiting Waiting Waiting
waiting pending 409
waiting running 409
waiting succeeded Succeeded
waiting FAILED Failed
waiting killed Killed
pending waiting 409
pending Pending Pending
pending running Running
pending succeeded Succeeded
pending failed Failed
pending Killed Killed
running waiting 409
running pending Pending
running Running Running
running Succeeded Succeeded
running Failed Failed
running killed Killed
succeeded waiting 409
succeeded pending Pending
succeeded running 409
succeeded succeeded Succeeded
succeeded failed 409
succeeded killed 409
failed waiting 409
failed pending Pending
failed running 409
failed succeeded 409
failed failed Failed
failed killed 409
killed waiting 409
killed pending Pending
killed running 409
killed succeeded 409
killed failed 409
killed killed Killed
END
' 240

it 'a state, an err, a message: what does not go together is 400' '
    queue && add a && put a nonsense && refused 400 bad_field "Waiting, Pending, Running, Succeeded, Failed or Killed" &&
    qdo PUT "/q/tasks/$(id a)" && refused 400 bad_field state && put a Succeeded err=1 && refused 400 bad_field err && put a Failed err=0 && refused 400 bad_field err &&
    put a Killed err=1 && refused 400 bad_field err && put a Failed err=\"x\" && refused 400 bad_field err && put a Failed error=1 && refused 400 unknown_field error &&
    put a Failed message="$(head -c 5000 /dev/zero | tr "\0" x)" && refused 400 bad_field message && form PUT "/q/tasks/$(id a)" -d state=Failed -d err=1x &&
    refused 400 bad_field err && qdo PUT /q/tasks/99 state=Failed && refused 404 task_not_found && qdo PUT /q/tasks/x state=Failed && refused 400 bad_id &&
    qdo PUT /other && add_other=$(api POST queues/other/tasks command=b; json ".ids[0]") && qdo PUT "/q/tasks/$add_other" state=Failed && refused 404 task_not_found &&
    qdo GET "/q/tasks/$add_other" && refused 404 task_not_found && state a pending && qdo POST "/q/tasks/$(id a)" "{\"state\":\"Failed\",\"err\":null,\"message\":null}" &&
    field .state Failed && field .err 1'

it 'said of one that nobody ran: an attempt of its own, in the journal; those who wait for it are told' '
    queue && add a && add b after="[$(id a)]" && put a Succeeded message="by hand" && field .state Succeeded && field .message "by hand" && state b pending &&
    task a && field .reason "somebody said that it succeeded" && field ".attempts|length" 1 && field ".attempts[0].outcome" succeeded &&
    field ".attempts[0].worker" "$(me)@127.0.0.1" && field .exitcode 0 && api GET journal && field ".entries[0]|.action + \" \" + .detail + \" \" + .from" "set state pending to succeeded 127.0.0.1" &&
    api GET queues/q && field .rate 0'

it 'said to have failed although attempts are left: it has; the failure of a worker leads to the next' '
    queue attempts=3 && add a && put a Failed && field .state Failed && put a Pending && qdo POST /q/poptask && field .task a && put a Failed err=2 &&
    field .state Pending && field .err 2 && task a && field .failures 1'

it 'what it waits for stays: ended meanwhile, run again it waits for the rest' '
    queue && add a && add b && add c after="[$(id a),$(id b)]" && put c Succeeded && field .state Succeeded && finish_next() { claim w && finish w 0; } &&
    finish_next && put c Pending && field .state Waiting && task c && field ".why[0]" "waits for $(id b)" && finish_next && state c pending'

it 'the worker that has it finishes its own lease; where it has none, the newest' '
    queue speculate=true && add a && claim one && claim two && qdo POST /q/poptask && field . null && put a Failed err=3 && field .state Running &&
    task a && field ".attempts[0].outcome" failed && field ".attempts[0].worker" two && field ".attempts[1].outcome" open && put a Succeeded &&
    field .state Succeeded && api GET journal && field "[.entries[]|select(.action==\"set state\")]|length" 2 && add b && qdo POST /q/poptask && field .task b &&
    claim one && got b && put b Succeeded && task b && field ".attempts[1].worker" "$(me)@127.0.0.1" && field ".attempts[1].outcome" succeeded &&
    field ".attempts[0].outcome" superseded && api GET journal && field "[.entries[]|select(.action==\"set state\")]|length" 2'

it 'running to pending revokes the lease, uncounted; the message is kept' '
    queue crashes=1 && add a && claim w begin=1 && put a Pending message="the node is gone" && field .state Pending && field .message "the node is gone" && task a && field .crashes 0 &&
    field ".attempts[0].outcome" recovered && finish w 0 && outcome stale && claim v && put a Killed message=enough && field .message enough && task a &&
    field .reason "it was cancelled" && field ".attempts[0].outcome" cancelled'

it 'while the queue is paused nothing is set running' '
    queue && add a && qdo PUT /q/pause && put a Running && refused 409 task_state paused && put a Succeeded && field .state Succeeded'

it 'leases of the face are a day long, or as the queue says, and running out is no crash' '
    queue && add a && qdo POST /q/poptask && clock +23h && state a running && clock +2h && state a pending && field .crashes 0 &&
    field ".attempts[0].outcome" expired && docket set q --face-lease 90 && put a Running && clock +100s && state a pending && add b && qdo POST /q/get && clock +80s &&
    qdo GET "/q?" && field .ntasks.Running 1 && clock +20s && qdo GET /q && field .ntasks.Running 0'

it 'taken by many at once, each task goes to one' '
    queue && add_many 200 && for i in 1 2 3 4; do
        { for j in $(seq 50); do curl -s -X POST -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/$(me)/queues/q/poptask"; done >"popped.$i" & }
    done && wait_for "[ \$(cat popped.* | wc -l) = 200 ]" && is "$(cat popped.* | jq .id | sort -u | wc -l)" 200 && qdo POST /q/poptask && field . null'

it 'a token that is to work a queue takes tasks and finishes those it has, and does nothing else' '
    queue && docket token create --worker "$(me)/q" && worker="Bearer $(head -1 out)" && add a && add b && add c && claim w && AUTH=$worker && qdo POST /q/poptask && field .task b &&
    qdo GET "/q/tasks/$(id b)" && status 200 && put b Succeeded && status 200 && put a Succeeded && refused 403 forbidden && put a Pending && refused 403 forbidden &&
    put b Pending && refused 403 forbidden && put c Killed && refused 403 forbidden && put c Failed && refused 403 forbidden && put c Running && status 200 &&
    put c Failed err=3 && status 200 && qdo GET /q && status 200 && qdo GET "" && refused 403 forbidden && qdo GET /q/tasks && refused 403 forbidden &&
    qdo PUT /q/retry && refused 403 forbidden && qdo POST /q/addtask command=x && refused 403 forbidden && unset AUTH && make_queue other &&
    AUTH=$worker && qdo POST /other/poptask && refused 404 queue_not_found'

it 'one user never sees the queues of another; an admin does, and makes some for them' '
    queue && for name in ada bob; do echo "$name-password" >password && docket user add $name --role user --password-file password || return; done &&
    docket token create --user ada && ada="Bearer $(head -1 out)" && docket token create --user bob && bob="Bearer $(head -1 out)" && add a &&
    AUTH=$ada && api PUT /ada/queues/q && status 201 && api POST /ada/queues/q/addtask command=x && status 201 && task=$(json .id) && AUTH=$bob &&
    for ask in "GET /ada" "GET /ada/queues" "PUT /ada/queues/new"; do api ${ask% *} ${ask#* } && status 404 || return; done &&
    for ask in "GET " "DELETE " "PUT /retry" "PUT /recover" "PUT /pause" "GET /tasks" "GET /tasks/$task" "POST /poptask" "POST /launch"; do
        api "${ask%% *}" "/ada/queues/q${ask#* }" && refused 404 queue_not_found || return
    done && api PUT "/ada/queues/q/tasks/$task" state=Failed && refused 404 queue_not_found && unset AUTH && api GET /ada/queues && field .[0].user ada &&
    api POST /ada/queues/q/poptask && field .task x && api PUT /ada/queues/made && status 201 && field .user ada'

# The disk holds no more; fills what is left of it.
full() { disk $(($(disk_used) - 14 * 1024 * 1024)); }
fill() {
    for i in $(seq 200); do
        api POST queues/q/tasks command="\"$(head -c 50000 /dev/zero | tr '\0' x)\""
        [ "$STATUS" = 201 ] || return 0
    done
    fail 'it never filled up'
}

it 'on a full disk results find room, other states do not' '
    FAULTS=1 && server && add a && add b && qdo POST /q/poptask && field .task a && full && fill && refused 507 storage_full &&
    put a Succeeded message=computed && status 200 && field .state Succeeded && put b Succeeded && refused 507 storage_full && put b Killed &&
    refused 507 storage_full && qdo POST /q/poptask && refused 507 storage_full && qdo GET "/q/tasks?state=Succeeded" && field length 1 && disk 0 &&
    wait_for "put b Succeeded && status 200" 40'
done_testing
