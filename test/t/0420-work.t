# docket work: a worker's commands, their outcomes, and its end.
. "$(dirname "$0")/lib.sh"

# command TEXT [FIELD=VALUE…]: a task; TEXT is its command.
command_() {
    text=$(jq -nc --arg c "$1" '$c')
    shift
    api POST queues/q/tasks "$(object command="$text" "$@")" && status 201 && ID=$(json '.ids[0]')
}
of() { api GET "tasks/$ID" && field "$1" "$2"; }

work() { docket work q --idle-timeout 0 "$@"; }

# begin OPTION…: a worker in the background. ends STATUS.
begin() { "$DOCKET" work q "$@" >>work.out 2>>work.err </dev/null & worker=$!; }
ends() { wait "$worker"; r=$?; cat work.err >&2; is "$r" "$1"; }

it 'runs what is there and ends when nothing is left' '
    server && command_ "echo hello; echo oops >&2" && work -j 2 && of .state succeeded && of .exitcode 0 &&
    api GET "tasks/$ID/output" && field .stdout hello && field .stderr oops'

it 'exit codes; the last line of stderr is the message' '
    server && command_ "echo first >&2; echo last >&2; exit 7" && work && of .state failed && of .exitcode 7 &&
    of .message last'

it 'ended by a signal: 128 + its number' '
    server && command_ "kill -9 \$\$" && work && of .state failed && of .exitcode 137'

it 'a command that is not there: 127' 'server && command_ "no-such-command-here" && work && of .exitcode 127'

it 'in its cwd; where that is missing it fails saying so, without starting' '
    server && mkdir d && command_ pwd cwd="$T/d" && work && api GET "tasks/$ID/output" && field .stdout "$T/d" &&
    command_ "echo >$T/ran" cwd="$T/missing" && work && of .state failed && api GET "tasks/$ID" &&
    json .message >m && has m missing && not test -e ran'

it 'its environment' '
    server && command_ env env="{\"A\":\"x y\"}" && work && api GET "tasks/$ID/output" && json .stdout >o &&
    has o "A=x y" && has o "DOCKET_TASK=$ID" && has o DOCKET_QUEUE=q && has o DOCKET_ATTEMPT=1 &&
    has o "DOCKET_SERVER=$(url)" && has o "QDO_" && lacks o DOCKET_TOKEN && lacks o "$(cat "$DATA/token")"'

it 'no open files but its three, no terminal, no input' '
    server && command_ "ls /proc/self/fd | tr \"\n\" \" \"; cat" && work && api GET "tasks/$ID/output" &&
    field .stdout "0 1 2 3 "'

it 'a time limit: TERM to the group, then KILL' '
    server && command_ "sleep 88.$$1 & sleep 88.$$2" time_limit=0.5 && work && of .state failed &&
    api GET "tasks/$ID" && json .message >m && grep -qi "time" m && not living 88.$$1 && not living 88.$$2 &&
    command_ "trap \"\" TERM; sleep 88.$$3 & while :; do sleep 0.1; done" time_limit=0.5 && work &&
    of .state failed && not living 88.$$3'

it 'what a command leaves running is ended with it' '
    server && command_ "sleep 88.$$4 & (setsid sleep 88.$$5 &) ; echo done" && work && of .state succeeded &&
    gone 88.$$4 3 && gone 88.$$5 3'

it 'the last 64 KiB of each stream, and how much there was' '
    server && command_ "seq 100000; echo end" && work && api GET "tasks/$ID/output" &&
    field ".stdout|length" 65536 && field ".stdout_size" 588899 && field ".stdout[-4:]" end'

it 'bytes that are no text' '
    server && command_ "printf \"\\\\377\\\\000\"" && work && api GET "tasks/$ID/output" &&
    field ".stdout.base64" /wA='

it '--logs keeps the whole' '
    server && command_ "seq 100000" && work --logs logs && seq 100000 >want && same "logs/$ID.out" want'

it '-j: so many at once' '
    server && for i in 1 2 3 4 5 6; do command_ "echo + >>$T/log; sleep 0.3; echo - >>$T/log" || return; done &&
    work -j 3 && is "$(most_at_once log)" 3'

it 'exit 0 also if tasks failed' 'server && command_ true && work && command_ false && work'

it 'payload tasks cannot be run: it fails saying so' '
    server && api POST queues/q/tasks payload=5 && ID=$(json ".ids[0]") && work && of .state failed &&
    api GET "tasks/$ID" && field ".message|length>0" true'

it 'waits for work: --idle-timeout' '
    server && begin --idle-timeout 30 && command_ "echo >$T/ran" && wait_for "test -e ran" && kill -TERM $worker &&
    wait $worker; of .state succeeded'

it 'SIGTERM: what has not begun is given back, what runs gets TERM, nothing is counted' '
    server && for i in 1 2 3 4 5; do command_ "echo x >>$T/log; sleep 30" || return; done && begin -j 1 --batch 5 &&
    wait_for "test -s log" && kill -TERM $worker && wait $worker; lines log 1 && counts pending=5 &&
    of .failures 0 && of .crashes 0'

it 'a cancelled task is stopped' '
    server lease=3s && command_ "echo >$T/ran; sleep 88.$$0" && begin --idle-timeout 0 && wait_for "test -e ran" &&
    api POST queues/q/cancel && wait_for "not living 88.$$0" 15 && ends 0; of .state killed'

it 'a paused queue: what is held and has not begun is given back' '
    server lease=3s && for i in 1 2 3; do command_ "echo >>$T/log; sleep 3" || return; done &&
    begin -j 1 --batch 3 && wait_for "test -s log" && api POST queues/q/pause &&
    wait_for "counts \"pending=2 running=1\" || counts \"pending=2 succeeded=1\"" 15 &&
    kill -TERM $worker; wait $worker; true'

it 'over a server restart: an outcome is not lost' '
    server && command_ "echo x >>$T/log; sleep 1.5" && begin --idle-timeout 60 && wait_for "test -s log" && kill9 &&
    sleep 2 && start && wait_for "of .state succeeded" 30 && lines log 1 && kill -TERM $worker &&
    wait $worker; grep -qi "server" work.err'

it 'over a clean restart too' '
    server && command_ "echo x >>$T/log; sleep 1" && begin --idle-timeout 60 && wait_for "test -s log" && restart &&
    wait_for "of .state succeeded" 30 && lines log 1 && kill -TERM $worker; wait $worker; true'

it 'kill -9 of the worker: nothing lives after a second, the task comes back, counted as a crash' '
    server lease=2s && command_ "echo >>$T/log; sleep 88.$$6 | cat" && command_ "(sleep 88.$$7 &) ; sleep 88.$$8" &&
    command_ "setsid sleep 88.$$9" && begin -j 3 && wait_for "living 88.$$6 && living 88.$$8 && living 88.$$9" &&
    kill -9 $worker && sleep 1 && for s in 88.$$6 88.$$7 88.$$8 88.$$9; do not living $s || return; done &&
    wait_for "counts pending=3" && of .crashes 1'

it 'a command longer than its lease: renewed' '
    server lease=1s && command_ "echo >>$T/log; sleep 3" && work && of .state succeeded && of .attempt_count 1 &&
    lines log 1'

it '--name is the worker tasks tell of; --time-limit ends it, and what ran is given back' '
    server && command_ "echo >>$T/log; sleep 60" && begin --name me --time-limit 1.5 && wait_for "test -s log" &&
    of .worker me && wait $worker; of .state pending && of .failures 0 && of .crashes 0'

# epoch SECONDS: so many from now, as --walltime-until has it.
epoch() { echo "$(($(date +%s) + $1))"; }

it 'with less than --reserve left nothing more is begun, what runs may finish, what is held goes back' '
    server && command_ "echo >>$T/log; sleep 4.2" && command_ "echo >>$T/log" && begin -j 1 --batch 1 --reserve 7 --walltime-until "$(epoch 11)" &&
    wait_for "test -s log" && counts "running=2" && ends 0 && counts "pending=1 succeeded=1" && lines log 1 && of .state pending &&
    of .crashes 0 && of .failures 0 && has work.err "left: taking no more tasks"'

it 'the same before a --time-limit' '
    server && command_ "echo >>$T/log; sleep 1.5" && command_ "echo >>$T/log" && begin -j 1 --reserve 8.5 --time-limit 9 && wait_for "test -s log" &&
    ends 0 && counts "pending=1 succeeded=1" && has work.err "left: taking no more tasks"'

it 'the end of a Slurm job is its end: what ran goes back, uncounted' '
    server && command_ "echo >>$T/log; sleep 60" && export SLURM_JOB_END_TIME=$(epoch 5) && begin && wait_for "test -s log" && ends 0 &&
    of .state pending && of .failures 0 && of .crashes 0 && test "$(date +%s)" -le "$SLURM_JOB_END_TIME"'

it 'a walltime that is over: nothing is begun; one that is no time is said, and passed over' '
    server && command_ "echo >>$T/log" && begin --walltime-until 1 && ends 0 && counts pending=1 && not test -e log &&
    export SLURM_JOB_END_TIME=soon && begin --idle-timeout 0 && ends 0 && counts succeeded=1 && has work.err "the walltime is not known" &&
    begin --walltime-until soon && ends 2'

it 'results that an absent server did not take are given up at the end of the walltime, and said' '
    server && command_ "echo >>$T/log; sleep 1" && begin --walltime-until "$(epoch 7)" && wait_for "test -s log" && kill9 && ends 5 &&
    has work.err "the walltime is over" && has work.err "could not be handed in"'

it '--batch: it holds so many ahead, others find the rest' '
    server && for i in 1 2 3 4 5 6; do command_ "echo >>$T/log; sleep 60" || return; done && begin -j 1 --batch 2 &&
    wait_for "test -s log" && counts "pending=3 running=3" && claim other max=9 && field ".tasks|length" 3 &&
    kill -TERM $worker; wait $worker; counts "pending=3 running=3"'

it 'two workers share the work, each task once' '
    server && for i in $(seq 40); do echo "echo $i >>$T/log; sleep 0.02"; done >f && docket load q f &&
    begin -j 2 --idle-timeout 0 && first=$worker && begin -j 2 --idle-timeout 0 && wait $first && wait $worker &&
    lines log 40 && is "$(sort -u log | wc -l)" 40'

it 'one that dies of its own output: 100 MB' '
    server && command_ "head -c 100000000 /dev/zero" && work && of .state succeeded && api GET "tasks/$ID/output" &&
    field .stdout_size 100000000'

it 'a queue that is not there: 3' 'server && exits 3 docket work none && one_line err'

it '1,000 short ones' '
    server && seq 1000 | sed "s/.*/true/" >f && docket load q f && work -j 4 && counts succeeded=1000' 150

# finishes: how many requests handed something in.
finishes() { api GET /metrics && sed -n '/requests_total.*\/finish".*2xx/s/.* //p' body; }

it 'outcomes of short ones are handed in together' '
    server && seq 1000 | sed "s/.*/true/" >f && docket load q f && work -j 2 && counts succeeded=1000 &&
    finishes >n && test "$(cat n)" -gt 1 && test "$(cat n)" -lt 250' 150

it 'what loud and quiet ones print in turn is kept' '
    server && for i in $(seq 20); do echo "seq 30000; seq 30000 >&2"; echo "echo $i"; echo "seq 1000"; done >f &&
    docket load q f && work -j 2 && docket results q --json &&
    is "$(jq -sc "[map(.stdout_size), map(.stderr_size)]|map(add)" out)" "[3455791,3377880]"' 150

done_testing
