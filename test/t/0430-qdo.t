# Called as qdo: its verbs, its options, its columns, as scripts know them.
. "$(dirname "$0")/lib.sh"

# qdo …: the program, by that name; its words in the files out and err, as with docket.
qdo() {
    [ -h "$T/bin/qdo" ] || { mkdir -p "$T/bin" && ln -s "$DOCKET" "$T/bin/qdo"; } || return
    "$T/bin/qdo" "$@" >"$T/out" 2>"$T/err" </dev/null
    EXIT=$?
    say "qdo $* -> $EXIT"
    head -c 1500 "$T/out" >&2
    head -c 1500 "$T/err" | sed 's/^/2> /' >&2
    return "$EXIT"
}

# prints 'TEXT': what the last verb printed, to the character.
prints() { printf '%s\n' "$1" >wanted && same out wanted; }

verbs() { sed -n 's/^X(\([a-z]*\))$/\1/p' "$ROOT/src/cli/verbs.def"; }
QDO_VERBS='list create load add tasks status retry recover rerun revive pause resume delete do launch noop'

# pretend STATUS BODY…: a server that answers each request so; asked FIELD VALUE: what the last body it was sent says.
pretend() {
    rm -f port port.asked
    python3 "$HERE/clients.py" pretends port "$@" &
    wait_for "test -e port" && DOCKET_SERVER=http://127.0.0.1:$(cat port) && export DOCKET_SERVER
}
asked() { is "$(grep "^{" port.asked | tail -n 1 | jq -c "$1")" "$2"; }
NOT_YET='{"status":501,"title":"not yet","detail":"this server knows no place where jobs run","code":"no_site"}'
OF_ADA='{"queue":"my q","owner":"ada"}'
JOBS='{"jobid":7,"jobids":[7,8],"batches":["4711",null],"site":"ada/c"}'
SITE='{"site":"c","owner":"ada","kind":"slurm","settings":{"cores":32},"found":{}}'

it 'list: qdo'"'"'s columns, to the character' '
    start && qdo list && prints "QueueName               State Waiting  Pending  Running Succeeded   Failed" &&
    qdo create small && seq 12345 >f && qdo load depth-cut f && qdo create a-name-of-more-than-20 && qdo pause small &&
    qdo add small now && qdo add small --not-before 2100-01-01 later && api POST queues/depth-cut/claim worker=w max=3 && status 200 && taken w && for exit in 0 1; do
    api POST queues/depth-cut/finish worker=w results="[{\"lease\":$(leases w | cut -d, -f$((exit + 1))),\"exitcode\":$exit}]" && status 200 || return; done &&
    qdo list && prints "QueueName               State Waiting  Pending  Running Succeeded   Failed
a-name-of-more-than-20   Active       0        0        0         0        0
depth-cut              Active       0    12342        1         1        1
small                  Paused       1        1        0         0        0" && docket list && has out Killed'

it 'help, errors and hints speak of qdo; --version, -h and --help are everywhere' '
    start && qdo --version && has out "qdo $(sed -n "s/^ *version: .\(.*\).,/\1/p" "$ROOT/meson.build")" && qdo -h && cp out all && qdo && same out all && qdo --help &&
    same out all && for v in $QDO_VERBS; do has all "  $v " && qdo $v -h && has out "usage: qdo $v" && lacks out "docket $v" && qdo $v --help || return; done &&
    exits 2 qdo lst && has err "qdo: there is no verb" && has err "did you mean qdo list?" && exits 2 qdo tasks && has err "which queue? qdo tasks" &&
    exits 2 qdo add && has err "qdo: something is missing: qdo add" && exits 3 qdo status none && has err "qdo: " && stop && exits 4 qdo list &&
    has err "qdo serve" && for v in $(verbs); do qdo $v --help && has out "qdo $v" || return; done'

it 'tasks: a header, then a line each: the state, and the text in what awk calls column 2' '
    start && qdo tasks q; is $EXIT 3 && printf "%s\n" "./one" "two words" "./three" >f && qdo load q f && qdo tasks q && prints "State     Task
Pending   ./one
Pending   two words
Pending   ./three" && qdo tasks q --state=PENDING && awk "NR > 1 { print \$2 }" out >texts && printf "%s\n" ./one two ./three >wanted && same texts wanted &&
    qdo tasks --state Failed q && prints "State     Task" && qdo tasks q --limit 1 && lines out 2 && has err "qdo: there are more" &&
    seq 250 >many && qdo load many many && qdo tasks many && lines out 251'

it 'tasks: a text with newlines stays on its line, and so does every odd one' '
    start && qdo add q "for i in 1 2
do	echo \$i; done" && qdo add q " blank" && qdo add q "\$'"'"'quoted" && qdo add q "a\\nb '"'"'c'"'"'" && api POST queues/q/tasks "{\"payload\":{\"a\":[1]}}" && status 201 &&
    qdo tasks q && printf "%s\n" "State     Task" "Pending   \$'"'"'for i in 1 2\\ndo\\techo \$i; done'"'"'" "Pending   \$'"'"' blank'"'"'" \
    "Pending   \$'"'"'\$\\'"'"'quoted'"'"'" "Pending   a\\nb '"'"'c'"'"'" "Pending   {\"a\":[1]}" >wanted && same out wanted'

it 'load: a task a line, into a queue that it makes, each time; where the worker runs' '
    start && printf "./a\\n\n./b\n" >f && qdo load q f && qdo load q f && has out "2 tasks added" && counts pending=4 && printf "./c\n" | "$T/bin/qdo" load q - &&
    counts pending=5 && qdo add --priority 1 q "echo first" && claim w && got "echo first" && field ".tasks[0].cwd" null && claim w && field ".tasks[0].cwd" null &&
    qdo add --cwd /tmp --priority=1 q "echo there" && claim w && field ".tasks[0].cwd" /tmp && docket load q f && docket load q f && counts "pending=6 running=3"'

it 'do: one at a time, until nothing is left; --timeout waits for more' '
    start && printf "%s\n" "echo + >>$T/marks; sleep 0.1; echo - >>$T/marks" >f && cat f f f f >g && qdo load q g && qdo do q && is "$(most_at_once marks)" 1 &&
    counts succeeded=4 && exits 3 qdo do none && { "$T/bin/qdo" do --timeout=20 q >do.out 2>&1 & p=$!; } && qdo add q "touch $T/late" && wait_for "test -e late" &&
    kill $p && wait $p && counts succeeded=5 && qdo load q g && rm marks && qdo do q -j 4 && is "$(most_at_once marks)" 4'

it 'do --script: the text of each task is its arguments, in the directory of the worker' '
    start && mkdir "a b" else && printf "#!/bin/sh\necho \"\$# \$1 \$PWD\" >>$T/seen\n" >"a b/s.sh" && chmod +x "a b/s.sh" && printf "%s\n" "one" "'"'two 2'"' 3" >f &&
    qdo load q f && qdo do q --script "a b/s.sh" && printf "%s\n" "1 one $T" "2 two 2 $T" >wanted && same seen wanted && rm seen &&
    qdo load q f && (cd else && qdo do --script="sh '"'../a b/s.sh'"'" q) && printf "%s\n" "1 one $T/else" "2 two 2 $T/else" >wanted && same seen wanted &&
    qdo load q f --cwd "$T" && printf "#!/bin/sh\nexit 7" >else/seven && chmod +x else/seven && (cd else && qdo do q --script ./seven) && counts "succeeded=4 failed=2" &&
    qdo tasks q --exitcode 7 && lines out 3 && qdo add q x && exits 1 qdo do q --script ./nothing && has err "./nothing" && chmod -x else/seven &&
    exits 1 qdo do q --script else/seven && has err "permission denied" && counts "pending=1 succeeded=4 failed=2"'

it 'noop: 0 if there is a server that lets us in, else what is wrong' '
    exits 4 qdo noop && has err "qdo: no server is running" && has err "qdo serve" && start && qdo noop && lines out 0 && lines err 0 && docket noop && echo wrong >t &&
    exits 1 qdo noop --server "$(url)" --token-file t && has err "token" && exits 4 qdo noop --server http://127.0.0.1:1 && stop && exits 4 qdo noop --data "$DATA"'

it 'launch: every flag of qdo, before and after the names, with _ and -, is sent; what the server says is passed on' '
    pretend 200 "$OF_ADA" 501 "$NOT_YET" && exits 1 qdo launch --cores_per_worker 8 "my q" 48 --walltime=4:00:00 --batchqueue debug --keep_env --batchopts "-A my" \
    --batchopts="-a 0-11" --script ./s.sh -v --mpack 2 --pack --jobs 3 --taskcores=4 && one_line err && has err "qdo: this server knows no place where jobs run" &&
    has port.asked "GET /api/v1/queues/my%20q " && has port.asked "POST /users/ada/queues/my%20q/launch " && asked -S "$(echo "{\"nworkers\":48,\"cores_per_worker\":8,
    \"walltime\":14400.0,\"batchqueue\":\"debug\",\"keep_env\":true,\"batchopts\":[\"-A my\",\"-a 0-11\"],\"script\":\"./s.sh\",\"verbose\":true,\"mpack\":2,\"pack\":true,
    \"jobs\":3,\"taskcores\":4}" | jq -cS .)" && pretend 200 "$OF_ADA" 501 "$NOT_YET" && exits 1 docket launch --keep-env q 1 --walltime 30:00 --cores-per-worker=2 --verbose &&
    asked .walltime 1800 && asked .keep_env true && pretend 200 "$OF_ADA" 202 "$JOBS" 200 "$SITE" && docket launch q 1 && prints "Submitted batch job 4711
Submitted batch job 8"'

it 'launch: options of its own; how the job was made' '
    pretend 200 "$OF_ADA" 202 "$JOBS" 200 "$SITE" && docket launch q 48 --site c --partition p --nodes 3 --account a --env A=1 --cores-per-worker 8 -v -- -a 0-11 --gpus=1 &&
    has port.asked "GET /api/v1/users/ada/sites/c " && prints "Cores per node: 32
Cores per NUMA node: -
Workers per node: 4
Workers per NUMA node: -
Nodes: 3
MPIRUN: srun
sbatch job.sh
Submitted batch job 4711
Submitted batch job 8" && pretend 200 "$OF_ADA" 501 "$NOT_YET" && exits 1 docket launch q 48 --site c --partition p --nodes 3 --account a --env A=1 --dry-run -- -a 0-11 --gpus=1 &&
    asked -S "$(echo "{\"nworkers\":48,\"site\":\"c\",\"batchqueue\":\"p\",\"nodes\":3,\"account\":\"a\",\"env\":{\"A\":\"1\"},\"dry_run\":true,\"options\":[\"-a\",\"0-11\",\"--gpus=1\"]}" | jq -cS .)" &&
    exits 2 docket launch q 1 --env A && has err NAME=VALUE'


it 'recover: taken from a live worker, and from one whose lease is over' '
    start && docket add q a && docket add q b && claim w && claim v lease_seconds=30 && clock +31s && qdo recover q --dead &&
    prints "0 tasks taken back" && claim v && qdo recover q && prints "2 tasks taken back, 2 of them from a live worker" && qdo recover q && prints "0 tasks taken back"'

it 'launch: what is no number, no time, too much (LIMIT_LAUNCH); a queue that is not there' '
    start && for n in 0 x 1.5 1000001 ""; do exits 2 qdo launch q "$n" && has err NWORKERS || return; done && exits 2 qdo launch q && exits 2 qdo launch q 1 --walltime soon &&
    exits 2 qdo launch q 1 --jobs 1000001 && exits 2 qdo launch q 1 --cores_per_worker 0 && has err "--cores-per-worker" && exits 2 qdo launch q 1 2 &&
    exits 2 qdo launch q 1 --batchopts "$(printf "\\377")" && has err UTF-8 && exits 3 qdo launch q 1 && has err "no queue"'

it 'recover: how many were taken from a live worker, where the server says it' '
    pretend 200 "{\"changed\":3,\"live\":1}" && qdo recover q && prints "3 tasks taken back, 1 of them from a live worker" && pretend 200 "{\"changed\":3,\"live\":0}" &&
    qdo recover q --json && is "$(cat out)" "{\"changed\":3,\"live\":0}" && pretend 200 "{\"changed\":1}" && docket recover q --dead && prints "1 task taken back" && asked .dead true'

it 'revive: priority 2 as qdo, else as it is' '
    start && qdo add q a && docket cancel q --all && qdo revive q && api GET queues/q/tasks && field ".tasks[0].priority" 2 && docket cancel q --all &&
    qdo revive --priority=5 q && docket cancel q --all && docket revive q && api GET queues/q/tasks && field ".tasks[0].priority" 5 && field ".tasks[0].state" pending'

# A session as the cookbooks of qdo have it: typed by somebody whose PATH has the link, and nothing but a server besides.
it 'a session of a cookbook' '
    start && qdo noop && mkdir work && cd work && PATH=$T/bin:$PATH && printf "%s\n" "#!/bin/sh" "echo \$1 >>done.txt" "[ \$1 != b2 ] || [ -e mended ]" >brick.sh && chmod +x brick.sh &&
    printf "%s\n" b1 b2 b3 >bricks.txt && cat >session <<"END" && sh -ex session >"$T/out" 2>"$T/err" || { cat "$T/err" >&2; return 1; }
qdo create bricks
qdo load bricks bricks.txt
qdo list
qdo do bricks --script ./brick.sh
qdo status bricks
test "$(sort done.txt | tr "\n" " ")" = "b1 b2 b3 "
qdo list | awk "\$1 == \"bricks\" && \$6 == 2 && \$7 == 1" | grep -q .
for brick in $(qdo tasks bricks --state=Failed | grep -v State | awk "{print \$2}"); do echo $brick; done >failed
test "$(cat failed)" = b2
touch mended
qdo retry bricks
qdo do --script ./brick.sh bricks
test "$(qdo tasks bricks --state=Succeeded | wc -l)" = 4
qdo recover bricks --dead
qdo recover bricks
qdo rerun bricks --exitcode 0
qdo tasks bricks --state=Pending | sed 1d >pending
test "$(wc -l <pending)" = 3
qdo pause bricks
qdo list | grep -q Paused
qdo do bricks --script ./brick.sh
test "$(qdo tasks bricks --state pending | wc -l)" = 4
qdo resume bricks
qdo do bricks --script ./brick.sh
test "$(qdo tasks bricks --state=Pending | wc -l)" = 1
qdo add bricks "b4 with words"
if qdo delete bricks; then exit 1; fi
qdo delete bricks --force
qdo list
END
    cd "$T" && tail -n 1 out >out.last && mv out.last out && prints "QueueName               State Waiting  Pending  Running Succeeded   Failed"'

done_testing
