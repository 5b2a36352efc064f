# clients/python/qdo.py: programs that use qdo. Those in test/t/qdo were written from the list of calls that such programs make.
. "$(dirname "$0")/lib.sh"

calls() { py qdo/calls "$@"; }

# done_with COMMAND CODE: claims the next task, which is COMMAND, and ends it so.
done_with() { claim w && got "$1" && finish w "$2" message="\"$3\""; }

it 'queues: create, connect, qlist, status, summary, pause, delete' '
    server && calls queues && head -1 out | cut -c1-29 >head && is "$(cat head)" "QueueName               State" &&
    is "$(sed -n 2p out)" "bricks                 Active       0        1        0         0        0"'
it 'tasks: strings and nested values, filters, states, unknown ids' 'server && calls tasks'
it 'what others do to a task that is held' 'server && calls late'
it 'changes that go over the web API; launch says why not' 'server && calls web'
it 'a server that is away: said at once' 'calls away http://127.0.0.1:1 && has out "does not answer" && calls away nowhere.invalid && has out "does not answer"'
it 'threads' 'server && calls kept && counts succeeded=100'

it 'a status report by state' '
    server && add a && add b && add c && add d after="[{\"key\":\"none\"}]" ; add d key=k && add e after="[{\"key\":\"k\"}]" && done_with a 0 "" && done_with b 2 "no brick" &&
    claim w && py qdo/status_report && has out "q Active 5" && has out "Waiting     20%  5" && has out "Pending     20%  4" &&
    has out "Running     20%  3" && has out "Succeeded   20%  1" && has out "Failed      20%  2" && has out "2: b exit 2 no brick" && exits 1 py qdo/status_report none &&
    has err ValueError'

it 'moving tasks between queues: twice moves nothing' '
    server && add_many 5 && done_with t1 0 "" && done_with t2 1 "" && py qdo/move_tasks q later Pending && is "$(cat out)" 3 &&
    py qdo/move_tasks q later Failed && is "$(cat out)" 1 && py qdo/move_tasks q later Pending && is "$(cat out)" 0 && counts pending=4 later'

it 'a loop of get and set_state' '
    server && add_many 20 && add "bad one" && py qdo/loop q 0.2 && lines out 21 && counts "succeeded=20 failed=1" &&
    api GET tasks/21 && field .message "no such brick: bad one" && field .exitcode 1 && field .failures 1'

it 're-queueing by message and by what logs say' '
    server && add_many 4 && done_with t1 1 "out of memory" && done_with t2 1 "no file" && done_with t3 1 "" && claim gone && got t4 && mkdir logs &&
    echo "python: out of memory" >logs/3.log && py qdo/requeue q "out of memory" logs && is "$(sed "s/ there.*//" out | tr "\n" " ")" "1 3 stuck 4 ValueError " &&
    counts "pending=3 failed=1"'

it 'chained queues: what succeeded feeds the next, what failed is tried again, what was killed is revived' '
    server && add_many 3 && done_with t1 0 "" && done_with t2 1 "" && api POST queues/q/cancel "{\"ids\":[3]}" && py qdo/chain q next 2 && is "$(cat out)" "1 1 2 1" &&
    claim w && got t3 && finish w && done_with t2 1 "" && py qdo/chain q next 2 && is "$(cat out)" "1 0 0 2" && py qdo/chain q next 2 && is "$(cat out)" "0 0 0 2"'

it 'two processes share a queue; one is killed, and once its lease is over the other has the task' '
    server && add "slow 100" && py_begin qdo/loop q 0 log && first=$program && wait_for "test -s log" && add_many 50 && py_begin qdo/loop q 0.5 log && second=$program &&
    wait $second && kill -9 $first && counts "running=1 succeeded=50" && clock +1h && counts "running=1 succeeded=50" &&
    clock +1d && counts "pending=1 succeeded=50" && claim w && got "slow 100"'

it 'they share the tasks, each once' '
    server && add_many 150 && py_begin qdo/loop q 1 log && first=$program && py_begin qdo/loop q 1 log && wait $program && wait $first && lines log 150 &&
    is "$(sort -u log | wc -l)" 150 && counts succeeded=150'

it 'over a kill and a restart of the server in the middle of the loop: nothing lost, nothing twice' '
    server && for i in $(seq 60); do echo "slow 0.0$i"; done >f && docket load q f && py_begin qdo/loop q 2 log && wait_for "test \$(wc -l <log) -gt 20" &&
    crash && wait_for "test \$(wc -l <log) -gt 60" && kill9 && sleep 1.5 && start && wait_for "test \$(wc -l <log) -gt 80" && restart && wait $program && lines log 120 &&
    is "$(sort -u log | wc -l)" 120 && counts succeeded=60 && api GET "queues/q/tasks?limit=100" && field "[.tasks[].attempt_count]|add" 60'

# holds HOW: a program that got two tasks, in the background.
holds() { rm -f held; py_begin qdo/calls holds "$1" && wait_for "test -e held"; }
# over SIGNAL STATUS: it is sent that and ends so.
over() { kill "-$1" "$program" && { wait "$program"; r=$?; is "$r" "$2"; }; }

it 'what a program holds goes back when it ends in order' '
    server && add a && add b && calls holds exit && counts pending=2 && exits 1 calls holds exception && counts pending=2 && exits 130 calls holds interrupt && counts pending=2'
it 'SIGTERM: it goes back, and the program ends by SIGTERM; a handler of its own stays its own' '
    server && add a && add b && holds sleep && over TERM 143 && counts pending=2 && holds own && over TERM 7 && counts pending=2 &&
    holds late-own && wait_for "test -e set" && over TERM 7 && counts pending=2 && holds sleep && over KILL 137 && counts running=2'

# parked N: so many claims wait at the server.
parked() { api GET /metrics && grep -q "^docket_parked_claims $1\$" body; }

it 'SIGTERM while it waits for more: what goes back is not handed to itself' '
    server && add a && add b && holds waiting && wait_for "parked 4" && over TERM 143 && counts pending=2'
it 'a loop of get and set_state: how many a second' 'server && calls rate 500 && cat out >&2 && counts succeeded=500'

done_testing
