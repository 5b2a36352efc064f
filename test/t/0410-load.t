# docket load: a task per line of a file or pipe.
. "$(dirname "$0")/lib.sh"

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

it '--key: adding again adds nothing' '
    server && seq 100 | sed "s/^/echo /" >f && docket load q f --key && docket load q f --key &&
    counts pending=100 && echo "echo 101" >>f && docket load q f --key && counts pending=101'

it '100,000 lines' '
    server && seq 100000 | sed "s/^/echo /" >f && docket load q f && counts pending=100000 &&
    api GET queues/q/tasks && field ".tasks[0].command" "echo 1"' 200

it 'over a server restart: each line once' '
    server && seq 30000 | sed "s/^/echo /" >f && { "$DOCKET" load q f >load.out 2>load.err & p=$!; } &&
    wait_for "api GET queues/q && field \".counts.pending>0\" true" && crash && wait $p && counts pending=30000' 200

it 'a file that is not there; a directory' '
    server && exits 1 docket load q nothing && one_line err && has err nothing && mkdir d &&
    exits 1 docket load q d && one_line err'

it '--priority, --env, --cwd, --time-limit stand in for what a line leaves out' '
    server && printf "%s\n" "{\"command\":\"a\"}" "{\"command\":\"b\",\"priority\":9,\"time_limit\":5}" >f.ndjson &&
    docket load q f.ndjson --priority 2 --time-limit 7 --cwd /tmp --env A=1 && claim w max=2 && got b a &&
    field "[.tasks[].time_limit]|join(\" \")" "5 7" && field ".tasks[1].cwd" /tmp && field ".tasks[0].env.A" 1'

done_testing
