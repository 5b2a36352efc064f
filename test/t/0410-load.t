# docket load: a task per line of a file or pipe; how it goes on, and what it says.
. "$(dirname "$0")/lib.sh"

# field_out JQ VALUE: of the JSON that the last verb printed.
field_out() { is "$(jq -r "$1" "$T/out")" "$2"; }

it 'a command per line, blank ones skipped' '
    server && printf "echo a\n\n  \necho b" >f && docket load q f && has out 2 && claim w max=9 &&
    got "echo a echo b" && field ".tasks[0].cwd" "$T"'

it 'from a pipe, into a queue it makes' '
    start && seq 1000 | sed "s/^/echo /" | "$DOCKET" load new - >out 2>err && counts pending=1000 new'

it 'NDJSON by its name, or by --ndjson' '
    server && printf "%s\n" "{\"command\":\"a\",\"priority\":3}" "" "{\"payload\":[1]}" >f.ndjson &&
    docket load q f.ndjson && counts pending=2 && cp f.ndjson f && docket load q f --ndjson && counts pending=4 &&
    claim w && got a'

it 'a bad line is named, and nothing is added' '
    server && { seq 2000 | sed "s/.*/{\"command\":\"t&\"}/"; echo "{\"command\":5}"; } >f.ndjson &&
    not docket load q f.ndjson && one_line err && has err "f.ndjson line 2001" && has err command && counts "" &&
    printf "echo a\necho \377\n" >f && not docket load q f && has err "line 2" && counts "" &&
    printf "{\"command\":\"a\"}\n{\"command\":\"b\",\"colour\":1}\n" >g.ndjson && not docket load q g.ndjson &&
    has err "line 2" && has err colour && counts "" && echo "{" >h.ndjson && not docket load q h.ndjson &&
    has err "line 1"'

it '--unique: adding again adds nothing' '
    server && seq 100 | sed "s/^/echo /" >f && docket load q f --unique && docket load q f --unique --again &&
    has out "0 tasks added" && has out "100 were there already" && counts pending=100 && echo "echo 101" >>f &&
    docket load q f --unique && has out "1 task added" && counts pending=101'

it 'the same load again adds nothing; with --again all of it; a file that changed is another' '
    server && printf "a\nb\n" >f && docket load q f && counts pending=2 && docket load q f && counts pending=2 &&
    has out "0 tasks added" && has out "--again" && docket load q f --json && field_out .before 2 &&
    docket load q f --again && counts pending=4 && docket load q f --priority 1 && counts pending=6 &&
    echo c >>f && docket load q f && counts pending=9 && docket load q2 f && counts pending=3 q2'

it 'cut short, it goes on where it was' '
    server && seq 20000 | sed "s/^/echo /" >f && { "$DOCKET" load q f >load.out 2>&1 & p=$!; } &&
    wait_for "api GET queues/q && field \".counts.pending>0\" true" && kill -9 $p; wait $p;
    restart && api GET queues/q && had=$(json .counts.pending) && test "$had" -gt 0 && test "$had" -lt 20000 &&
    docket load q f && counts pending=20000 && has out "behind line $(numfmt --grouping $had | tr -d ,)" &&
    api GET "queues/q/tasks?limit=1000" && field "[.tasks[].command]|unique|length" 1000' 200

it 'a pipe with a bad line: what stands before it is added, and it says up to where' '
    server && { seq 1500; printf "a\377\n"; seq 10; } | not "$DOCKET" load q - >out 2>err; cat err >&2;
    has err "stdin line 1501" && has err "up to line 1500 was added" && has err "tail -n +1501" &&
    counts pending=1500 && printf "a\377\n" | not "$DOCKET" load q - 2>err; has err "nothing was added" &&
    counts pending=1500'

it 'a line that only the server can judge: up to where it was added is true; with --again the same call would begin anew' '
    server && { seq 1500 | sed "s/.*/{\"command\":\"t&\"}/"; echo "{\"command\":\"x\",\"after\":[999999]}"; } >f.ndjson && exits 1 docket load q f.ndjson --again &&
    has err "f.ndjson: line 1501: " && has err "up to line 1500 was added: go on with tail -n +1501" && counts pending=1500 &&
    cat f.ndjson | not "$DOCKET" load q - --ndjson 2>err; has err "tail -n +1501" && counts pending=3000 && exits 1 docket load q f.ndjson &&
    has err "up to line 1500 was added; the same docket load goes on behind it" && counts pending=4500'

it 'a byte order mark is no part of the first command' '
    server && printf "\357\273\277echo a\n" >f && docket load q f && claim w && got "echo a"'

it '--dry-run prints what would be added' '
    server && printf "echo a\n\necho b\n" >f && docket load q f --dry-run && printf "echo a\necho b\n" >wanted &&
    same out wanted && docket load q f --dry-run --json --env A=1 && is "$(jq -r .env.A out | sort -u)" 1 &&
    printf "{\"payload\":[1]}\n" >f.ndjson && docket load q f.ndjson --dry-run && is "$(cat out)" "[1]" && counts "" &&
    printf "echo \377\n" >f && not docket load q f --dry-run && has err "line 1" && not test -s out'

it '--not-before: a span, a time; nonsense is refused' '
    server && echo a >f && docket load q f --not-before +30m && docket add q --not-before 2030-01-01T00:00:00Z b &&
    counts waiting=2 && docket add q --not-before 2020-01-01 c && counts "waiting=2 pending=1" && claim w && got c &&
    clock +31m && claim w && got a && api GET "queues/q/tasks?state=waiting" &&
    field ".tasks[0].not_before" 2030-01-01T00:00:00.000Z && exits 2 docket load q f --not-before soon && has err soon'

it '--after: an id, or the key of a task; both must be there' '
    server && add a && add b key=kb && printf "%s\n" "{\"payload\":[1]}" "{\"command\":\"d\",\"after\":[]}" >f.ndjson &&
    docket load q f.ndjson --after "$(id a)" --after key:kb && docket add q --after "$(id a)" c &&
    counts "waiting=2 pending=3" && claim w max=9 && got "a b d" && finish w && counts "waiting=1 pending=1 running=2 succeeded=1" &&
    finish_lease w "$(leases w | cut -d, -f2)" && counts "pending=2 running=1 succeeded=2" && echo x >f &&
    exits 1 docket load q f --after key:nobody && has err "line 1: there is no task with the key" && has err nobody &&
    exits 1 docket add q --after 999 x && has err 999 && seq 500 | sed "s/.*/{\"command\":\"c&\",\"key\":\"c&\"}/" >f.ndjson &&
    printf "\n{\"command\":\"e\",\"after\":[{\"key\":\"c1\"}]}\n{\"command\":\"e\",\"after\":[{\"key\":\"c0\"}]}\n" >>f.ndjson &&
    exits 1 docket load q f.ndjson && has err "f.ndjson: line 503: there is no task with the key" && has err c0'

it '--after many: pieces are as small as that asks' '
    server && add_many 30 && set -- && for i in $(seq 30); do set -- "$@" --after "$i"; done &&
    docket load q --array 1-1000 --each "echo {}" "$@" && counts "waiting=1000 pending=30"'

it 'fields no task may have are refused before anything is sent' '
    server && echo a >f && exits 1 docket load q f --env DOCKET_X=1 && has err env && exits 2 docket load q f --env x &&
    exits 2 docket load q f --after x && has err "'"'x'"'" && exits 2 docket load q f --after key: && counts ""'

it '100,000 lines' '
    server && seq 100000 | sed "s/^/echo /" >f && docket load q f && counts pending=100000 &&
    api GET queues/q/tasks && field ".tasks[0].command" "echo 1"' 200

it 'over a server restart: each line once' '
    server && seq 30000 | sed "s/^/echo /" >f && { "$DOCKET" load q f >load.out 2>load.err & p=$!; } &&
    wait_for "api GET queues/q && field \".counts.pending>0\" true" && crash && wait $p && counts pending=30000' 200

# listing STATE…: what qdo tasks would print of tasks in these states, one each.
listing() { echo "State      Task" && for state; do printf "%s    echo '%s'  \n" "$state" "$state"; done; }

it '--qdo-tasks: what is left to do; --state names others' '
    server && listing Pending Running Succeeded Failed KILLED succeeded >f && docket load q f --qdo-tasks && has out "4 tasks added to q, 2 in other states left out" &&
    claim w max=9 && got "echo '"'Pending' echo 'Running' echo 'Failed' echo 'KILLED'"'" && docket load q --qdo-tasks f && has out "0 tasks added" &&
    docket load a f --qdo-tasks --state failed --state=Killed && has out "2 tasks added to a, 4 in" && docket load a f --qdo-tasks --state succeeded &&
    has out "2 tasks added" && sed 1d f >g && docket load b g --qdo_tasks && counts pending=4 b && "$DOCKET" load c - --qdo-tasks <f >out && has out "4 tasks added to c, 2 in"'

it '--qdo-tasks: what has lost what it waits for is not run unless it is asked for' '
    server && listing Pending Waiting >f && exits 1 docket load q f --qdo-tasks && has err "f line 3: the task waits for others" && has err "--state waiting" &&
    counts "" && docket load q f --qdo-tasks --state pending && counts pending=1 && docket load q f --qdo-tasks --state waiting && counts pending=2'

it '--qdo-tasks: what is none is named; it goes with a file, --state with it' '
    server && listing Pending Odd >f && exits 1 docket load q f --qdo-tasks && has err "f line 3: '"'Odd'"' is no state" && listing >f && echo Failed >>f &&
    exits 1 docket load q f --qdo-tasks && has err "line 2: no task stands behind" && exits 2 docket load q f --qdo-tasks --state odd && has err "no state '"'odd'"'" &&
    exits 2 docket load q f --state failed && has err "--qdo-tasks" && exits 2 docket load q --array 1-2 --each "echo {}" --qdo-tasks && counts "" &&
    { echo "State     Task"; echo "Pending   true"; } >f && exits 1 docket load q f && has err "line 1: this is the header" && has err "--qdo-tasks" && counts ""'

it '--qdo-tasks: what docket prints as qdo comes back as it was, and a load that is called again adds nothing' '
    server && ln -s "$DOCKET" qdo && add_task() { api POST queues/q/tasks "$(jq -n --arg c "$1" "{command:\$c}")" && status 201; } && add_task "a
b	c" && add_task " \\ '"'"'x'"'"' " && add_task "\$'"'"'\\n'"'"'" && add_task "$(printf "e\\033\\302\\205\\342\\200\\256f\\177")" && add_task "été \\u{41}" && api POST queues/q/tasks "{\"payload\":{\"b\":[\"x\"]}}" && status 201 &&
    ./qdo tasks q >f && lines f 7 && has f "e\\x1b\\u{85}\\u{202e}f\\x7f" && docket load r f --qdo-tasks && docket load r f --qdo-tasks && counts pending=6 r && for q in q r; do
    api GET queues/$q/tasks && json "[.tasks[]|.command,.payload]" >$q.json || return; done && same q.json r.json'

it 'a file that is not there; a directory' '
    server && exits 1 docket load q nothing && one_line err && has err nothing && mkdir d &&
    exits 1 docket load q d && one_line err'

it '--priority, --env, --cwd, --time-limit stand in for what a line leaves out' '
    server && printf "%s\n" "{\"command\":\"a\"}" "{\"command\":\"b\",\"priority\":9,\"time_limit\":5}" >f.ndjson &&
    docket load q f.ndjson --priority 2 --time-limit 7 --cwd /tmp --env A=1 && claim w max=2 && got b a &&
    field "[.tasks[].time_limit]|join(\" \")" "5 7" && field ".tasks[1].cwd" /tmp && field ".tasks[0].env.A" 1'

done_testing
