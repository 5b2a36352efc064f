# docket.py work: the worker for machines where nothing can be installed. What 0420-work.t asks of docket work is asked of it, too.
. "$(dirname "$0")/lib.sh"

# command TEXT [FIELD=VALUE…]: a task; TEXT is its command.
command_() {
    text=$(jq -nc --arg c "$1" '$c')
    shift
    api POST queues/q/tasks "$(object command="$text" "$@")" && status 201 && ID=$(json '.ids[0]')
}
of() { api GET "tasks/$ID" && field "$1" "$2"; }

# worker OPTION…: to its end; its words in out and err.
worker() {
    python3 -I -S -B -W error "$ROOT/clients/python/docket.py" work "$@" >"$T/out" 2>"$T/err" </dev/null
    EXIT=$?
    say "docket.py work $* -> $EXIT"
    sed 's/^/2> /' "$T/err" >&2
    return "$EXIT"
}
work() { worker q --idle-timeout 0 "$@"; }

# begin OPTION…: a worker in the background. ends STATUS.
begin() { python3 -I -S -B -W error "$ROOT/clients/python/docket.py" work q "$@" >>work.out 2>>work.err </dev/null & worker=$!; }
ends() { wait "$worker"; r=$?; cat work.err >&2; is "$r" "$1"; }

it 'runs what is there and ends when nothing is left' '
    server && command_ "echo hello; echo oops >&2" && work -j 2 && of .state succeeded && of .exitcode 0 &&
    api GET "tasks/$ID/output" && field .stdout hello && field .stderr oops && has err "1 done, 0 failed"'

it 'exit codes; the last line of stderr is the message' '
    server && command_ "echo first >&2; echo last >&2; exit 7" && work && of .state failed && of .exitcode 7 &&
    of .message last && command_ "printf \"a\\\\033[31mb\\\\377\" >&2; exit 1" && work && of .message "a\\x1b[31mb\\xff"'

it 'ended by a signal: 128 + its number' '
    server && command_ "kill -9 \$\$" && work && of .state failed && of .exitcode 137 && json .message >m && has m "signal 9"'

it 'a command that is not there: 127' 'server && command_ "no-such-command-here" && work && of .exitcode 127'

it 'in its cwd; where that is missing it fails saying so, without starting' '
    server && mkdir d && command_ pwd cwd="$T/d" && work && api GET "tasks/$ID/output" && field .stdout "$T/d" &&
    command_ "echo >$T/ran" cwd="$T/missing" && work && of .state failed && of .exitcode 125 && json .message >m && has m missing &&
    not test -e ran'

it 'its environment' '
    server && command_ env env="{\"A\":\"x y\",\"QDO_TASK\":\"no\",\"B\":\"\\u00fc\"}" && printf "%s\n" "$(cat "$DATA/token")" >tok &&
    export DOCKET_TOKEN=secret1 DOCKET_TOKEN_FILE="$T/tok" QDO_ENTRY=outer && work && api GET "tasks/$ID/output" && json .stdout >o &&
    for line in "A=x y" "B=ü" "DOCKET_TASK=$ID" "QDO_TASK=$ID" "QDO_TASKID=$ID" DOCKET_QUEUE=q DOCKET_ATTEMPT=1 "DOCKET_SERVER=$(url)" "QDO_SERVER=$(url)"; do
        has o "$line" || return; done && lacks o DOCKET_TOKEN && lacks o secret1 && lacks o outer && lacks o "$(cat "$DATA/token")"'

it 'no open files but its three, no terminal, no input' '
    server && command_ "ls /proc/self/fd | tr \"\n\" \" \"; cat" && work && api GET "tasks/$ID/output" &&
    field .stdout "0 1 2 3 "'

it 'a time limit: TERM to the group, then KILL' '
    server && command_ "sleep 88.$$1 & sleep 88.$$2" time_limit=0.5 && work && of .state failed && of .exitcode 124 &&
    of .message "ran longer than its time limit of 0.5 s" && not living 88.$$1 && not living 88.$$2 &&
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
    server attempts=2 && command_ "seq 100000; exit 1" && work --logs logs && seq 100000 >want && same "logs/$ID.out" want &&
    same "logs/$ID.2.out" want && lines "logs/$ID.err" 0'

it '-j: so many at once' '
    server && for i in 1 2 3 4 5 6; do command_ "echo + >>$T/log; sleep 0.3; echo - >>$T/log" || return; done &&
    work -j 3 && is "$(most_at_once log)" 3'

it 'exit 0 also if tasks failed' 'server && command_ true && work && command_ false && work && has err "0 done, 1 failed"'

it 'payload tasks cannot be run: it fails saying so' '
    server && api POST queues/q/tasks payload=5 && ID=$(json ".ids[0]") && work && of .state failed &&
    api GET "tasks/$ID" && field .message "this worker runs commands; the task is a payload"'

it 'waits for work: --idle-timeout' '
    server && begin --idle-timeout 30 && command_ "echo >$T/ran" && wait_for "test -e ran" && wait_for "of .state succeeded" &&
    kill -TERM $worker && ends 0 && begin --idle-timeout 1 && ends 0'

it 'SIGTERM: what has not begun is given back, what runs gets TERM, nothing is counted' '
    server && for i in 1 2 3 4 5; do command_ "echo x >>$T/log; sleep 30" || return; done && begin -j 1 --batch 4 &&
    wait_for "test -s log" && kill -TERM $worker && ends 0 && lines log 1 && counts pending=5 &&
    of .failures 0 && of .crashes 0'

it 'SIGTERM while it waits for work: at once, nothing is left leased' '
    server && begin -j 2 && wait_for "grep -q at.once work.err" && sleep 0.5 && kill -TERM $worker && ends 0 && add a && counts pending=1'

it 'one that ends well after TERM is handed in; a second signal is KILL' '
    server && command_ "trap \"exit 0\" TERM; echo >$T/ran; while :; do sleep 0.05; done" && begin -j 1 && wait_for "test -e ran" &&
    kill -TERM $worker && ends 0 && of .state succeeded && rm ran &&
    command_ "trap \"\" TERM; echo >$T/ran; while :; do sleep 0.05; done" && begin -j 1 && wait_for "test -e ran" &&
    kill -INT $worker && sleep 0.3 && kill -INT $worker && ends 0 && of .state pending && of .crashes 0'

it 'a cancelled task is stopped' '
    server lease=3s && command_ "echo >$T/ran; sleep 88.$$0" && begin --idle-timeout 0 && wait_for "test -e ran" &&
    api POST queues/q/cancel && wait_for "not living 88.$$0" 15 && ends 0 && of .state killed'

it 'a paused queue: what is held and has not begun is given back' '
    server lease=3s && for i in 1 2 3; do command_ "echo >>$T/log; sleep 3" || return; done &&
    begin -j 1 --batch 2 && wait_for "test -s log" && api POST queues/q/pause &&
    wait_for "counts \"pending=2 running=1\" || counts \"pending=2 succeeded=1\"" 15 &&
    kill -TERM $worker && ends 0'

it 'a paused queue ends one that waits for nothing' 'server && add a && api POST queues/q/pause && work && has err paused && counts pending=1'

it 'over a kill of the server: an outcome is not lost' '
    server && command_ "echo x >>$T/log; sleep 1.5" && begin --idle-timeout 60 && wait_for "test -s log" && kill9 &&
    wait_for "grep -q trying.again work.err" && start && wait_for "of .state succeeded" 30 && lines log 1 && kill -TERM $worker && ends 0 &&
    has work.err "is back"'

it 'over a clean restart too' '
    server && command_ "echo x >>$T/log; sleep 1" && begin --idle-timeout 60 && wait_for "test -s log" && restart &&
    wait_for "of .state succeeded" 30 && lines log 1 && kill -TERM $worker && ends 0'

it 'stopped while the server is away: it does not wait for it' '
    server && command_ "echo >$T/ran; sleep 60" && begin -j 1 && wait_for "test -e ran" && kill9 && kill -TERM $worker && ends 0 && start &&
    api POST queues/q/recover && counts pending=1' 60

it 'kill -9 of the worker: nothing of its groups lives after a second, the task comes back, counted as a crash' '
    server lease=2s && command_ "echo >>$T/log; sleep 88.$$6 | cat" && command_ "(sleep 88.$$7 &) ; sleep 88.$$8" &&
    begin -j 3 && wait_for "living 88.$$6 && living 88.$$8" && kill -9 $worker && sleep 1 &&
    for s in 88.$$6 88.$$7 88.$$8; do not living $s || return; done && wait_for "counts pending=2" && of .crashes 1'

it 'a command longer than its lease: renewed' '
    server lease=1s && command_ "echo >>$T/log; sleep 3" && work && of .state succeeded && of .attempt_count 1 &&
    lines log 1'

it '--name is the worker tasks tell of; --time-limit ends it, and what ran is given back' '
    server && command_ "echo >>$T/log; sleep 60" && begin --name me --time-limit 3 && wait_for "test -s log" &&
    of .worker me && ends 0 && of .state pending && of .failures 0 && of .crashes 0'

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

it 'with TLS: --pin and DOCKET_PIN, and how its server is: docket.py health' '
    tls && server && P=$(sed -n "s|.*\"pin\": \"\([^\"]*\)\".*|\1|p" "$DATA/server") U=$(url) && command_ "echo \$DOCKET_PIN >$T/seen" &&
    cp "$DATA/token" tok && unset CURL_CA_BUNDLE DOCKET_DATA && export HOME="$T/none" && worker q --server "$U" --token-file tok --pin "$P" --idle-timeout 0 && is "$(cat seen)" "$P" &&
    health() { python3 -I -S -B -W error "$ROOT/clients/python/docket.py" health "$@" >out 2>err; } && health --server "$U" --pin "$P" && has out "ok: docket" &&
    DOCKET_PIN=$P health --server "$U" && exits 4 health --server "$U" && has err "not trusted" && BAD=sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= &&
    exits 4 health --server "$U" --pin "$BAD" && has err "another key" && exits 4 worker q --server "$U" --token-file tok --pin "$BAD" &&
    exits 2 health --server "$U" --pin x && has err "44 characters" && exits 2 health --server http://127.0.0.1:1 --pin "$P" && has err https: &&
    exits 2 health --pin "$P" && exits 4 health --server http://127.0.0.1:1'

it '--script: a program that is called with each text, by its path or as words' '
    server && printf "#!/bin/sh\nfor w; do echo \"\$w\"; done >>%s/said\n" "$T" >"one by.sh" && chmod +x "one by.sh" && command_ "a \"b c\"" cwd=/ && work --script "./one by.sh" &&
    is "$(cat said)" "a
b c" && command_ "d" && work --script "printf %s\\\\n x >>$T/said;:" && is "$(tail -n 1 said)" x && exits 1 worker q --script ./none && has err "could not use the script" &&
    exits 1 worker q --script ./said && has err "permission denied"'

it '--batch: it holds so many ahead, others find the rest' '
    server && for i in 1 2 3 4 5 6; do command_ "echo >>$T/log; sleep 60" || return; done && begin -j 1 --batch 2 &&
    wait_for "test -s log" && counts "pending=3 running=3" && claim other max=9 && field ".tasks|length" 3 &&
    kill -TERM $worker && ends 0 && counts "pending=3 running=3"'

it 'the program and docket.py share the work, each task once' '
    server && for i in $(seq 60); do echo "echo $i >>$T/log; sleep 0.02"; done >f && docket load q f &&
    begin -j 2 --idle-timeout 0 && docket work q -j 2 --idle-timeout 0 && ends 0 &&
    lines log 60 && is "$(sort -u log | wc -l)" 60 && counts succeeded=60'

it 'one that dies of its own output: 100 MB' '
    server && command_ "head -c 100000000 /dev/zero" && work && of .state succeeded && api GET "tasks/$ID/output" &&
    field .stdout_size 100000000'

it 'tasks that wait are waited for, tasks that cannot come are not' '
    server && command_ "exit 1" key=a && command_ "echo >>$T/log" key=b && command_ "echo >>$T/log" after="[{\"key\":\"b\"}]" && work &&
    lines log 2 && counts "succeeded=2 failed=1"'

it 'a queue that is not there: 3; no server: 4; a bad token: 1; a bad option: 2' '
    server && exits 3 worker none && one_line err && echo no >bad && exits 1 worker q --token-file bad && one_line err &&
    exits 2 worker q -j 0 && exits 2 worker a/b/c && exits 2 worker q --idle-timeout soon && exits 1 worker q --token-file missing && one_line err &&
    exits 4 worker q --server http://127.0.0.1:1 && one_line err && stop && exits 4 worker q && has err "docket serve"'

it 'with a token that may work this queue and nothing else' '
    server lease=3s && command_ "echo hello; sleep 2" && api POST tokens "{\"scope\":\"worker\",\"queue\":\"q\"}" && status 201 && json .token >tok && chmod 600 tok &&
    unset DOCKET_DATA && export HOME="$T/none" && worker q --server "$(url)" --token-file tok --idle-timeout 0 && of .state succeeded &&
    of .attempt_count 1 && make_queue other && exits 3 worker other --server "$(url)" --token-file tok && one_line err'

it 'a queue that is deleted under it ends it' '
    server lease=3s && begin -j 1 && wait_for "grep -q at.once work.err" && sleep 0.5 && api DELETE queues/q && ends 3'

# asked: how many requests claimed or handed in.
asked() { api GET /metrics && awk '/requests_total.*\/(claim|finish)".*2xx/ { n += $2 } END { print n + 0 }' body; }

it '300 short ones: a request hands in and claims the next' '
    server && seq 300 | sed "s/.*/true/" >f && docket load q f && work -j 4 && counts succeeded=300 && asked >n && test "$(cat n)" -gt 50 &&
    test "$(cat n)" -lt 400' 150

done_testing
