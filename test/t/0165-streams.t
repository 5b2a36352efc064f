# Bodies of lines of any length: taken as they arrive, cut anywhere, taken up again.
. "$(dirname "$0")/lib.sh"

# stream METHOD PATH FILE [CURL OPTION…]: a body of lines as curl sends it; chunked: without its length.
stream() {
    method=$1 path=$2 file=$3
    shift 3
    STATUS=$(curl -s --max-time 80 -o body -D head -w '%{http_code}' -X "$method" --data-binary "@$file" "$@" \
        -H "Authorization: Bearer $(cat "$DATA/token")" -H 'Content-Type: application/x-ndjson' "$(url)/api/v1/$path")
    say "$method $path $file -> $STATUS $(head -c 300 body)"
}
chunked() { stream "$@" -H 'Transfer-Encoding: chunked'; }
task_lines() { seq "$1" "$2" | sed 's/.*/{"command":"t&"}/'; }
client() { python3 "$HERE/clients.py" "$1" "$(url)" "$(cat "$DATA/token")" $(shift; echo "$@"); }

# each_once N: the queue holds t1 … tN, each once.
each_once() {
    counts "pending=$1" && sqlite3 "$(ls "$DATA"/*.db)" \
        'SELECT command FROM spec' | sort | uniq -c | awk '$1 != 1' >odd && lines odd 0 &&
        is "$(sqlite3 "$(ls "$DATA"/*.db)" 'SELECT count(DISTINCT command) FROM spec')" "$1"
}

# cut_rounds FROM TO: the upload u is cut by chance, and in every fourth round the server is killed beside.
cut_rounds() {
    for round in $(seq "$1" "$2"); do
        if [ $((round % 4)) = 0 ]; then
            client cut file "$round" "$(cat "$DATA.pid")" && left 137 && start || return
        else
            client cut file "$round" || return
        fi
    done
}

it 'a stream of tasks is answered with its sums' '
    server && add x key=k && task_lines 1 3 >f && echo "{\"command\":\"y\",\"key\":\"k\"}" >>f && stream POST queues/q/tasks f &&
    status 201 && field .added 3 && field .existed 1 && field .lines 4 && field .error null &&
    field ".last-.first" 2 && claim w max=9 && got x t1 t2 t3 && : >e && stream POST queues/q/tasks e && status 201 &&
    field .lines 0 && field .first null'

it 'chunked, with an expectation, as an upload: 30,000 lines' '
    server && task_lines 1 30000 >f && chunked POST queues/q/tasks f && status 201 && field .added 30000 &&
    stream PUT queues/q/uploads/u f -H "Expect: 100-continue" && status 200 && field .lines 30000 &&
    counts pending=60000 && chunked PUT queues/q/uploads/u f && status 200 && field .added 30000 &&
    counts pending=60000'

it 'lines are taken as they arrive, the last without its newline' '
    server && is "$(client trickle)" 201 && claim w max=9 && got t1 t2 t3 t4'

it 'a bad line in the middle: what stands before it is taken, the rest is not' '
    server && { task_lines 1 5000; echo "{"; task_lines 5001 9000; } >f && chunked POST queues/q/tasks f &&
    refused 400 bad_line "line 5001" && field .added 5000 && field .error.line 5001 && each_once 5000'

it 'a line that waits for a later one ends the stream; for an earlier one it is fine' '
    server && printf "%s\n" "{\"command\":\"a\",\"key\":\"a\"}" "{\"command\":\"b\",\"key\":\"b\",\"after\":[{\"key\":\"a\"}]}" \
        "{\"command\":\"c\",\"after\":[{\"key\":\"d\"}]}" "{\"command\":\"d\",\"key\":\"d\"}" >f && stream PUT queues/q/uploads/u f &&
    refused 400 dependency_not_found "line 3" && field .added 2 && counts "waiting=1 pending=1" && api GET queues/q/uploads/u &&
    field .error.line 3'

it 'LIMIT_DISCARD: behind a bad line at most 1 MiB is read, then the connection is cut; GET says why' '
    server && is "$(client bad-and-more 30)" "cut False" && api GET queues/q/uploads/u && status 200 &&
    field .lines 1 && field .error.line 2 && field .error.code bad_line && counts pending=1'

it 'LIMIT_SLICE_LINES, LIMIT_SLICE_BYTES: 200,000 lines and lines of 1 MiB leave the server small' '
    server && task_lines 1 200000 >f && chunked PUT queues/q/uploads/u f && status 200 && field .added 200000 &&
    x=$(head -c 1048000 /dev/zero | tr "\0" x) && for i in 1 2 3 4 5 6 7 8; do echo "{\"payload\":\"$x\"}"; done >g &&
    chunked POST queues/q/tasks g && status 201 && field .added 8 && memory_below 150000'

it 'a line over 1 MiB is refused by name, those before it are taken' '
    server && { task_lines 1 2; head -c 1048577 /dev/zero | tr "\0" x; echo; task_lines 3 4; } >f &&
    chunked PUT queues/q/uploads/u f && refused 413 too_large "line 3" && field .lines 2 && counts pending=2 &&
    api GET queues/q/uploads/u && field .error.code too_large && field .error.line 3'

it 'an upload cut at random lines twenty times and resumed: each line added once' '
    server && task_lines 1 60000 >file && cut_rounds 1 20 && stream PUT queues/q/uploads/u file && status 200 &&
    field .lines 60000 && field .added 60000 && each_once 60000' 200

it 'the same upload over two connections at once: each line added once' '
    server && task_lines 1 30000 >file && is "$(client twice file)" "200 200" && each_once 30000'

it 'a stop in the middle: what was taken stays, the client is told or cut, and goes on' '
    server && task_lines 1 20000 >file && told=$(client stream-stopping "$(cat "$DATA.pid")" file) && left 0 &&
    case $told in 503 | cut) ;; *) fail "it was told $told" ;; esac && start && api GET queues/q/uploads/u &&
    field ".lines>0 and .lines<20000" true && stream PUT queues/q/uploads/u file && status 200 && each_once 20000'

it 'LIMIT_STREAMED: half lines that fill it block nobody for ever' '
    server && set -- $(client half-lines 300) && is $(($1 + $2)) 300 && test "$1" -ge 200 && test "$3" -lt 2000 &&
    memory_below 1200000' 120

# brimming: 1,000 lines; once they are taken the disk is full, and 300 more come.
brimming() {
    task_lines 1 1000
    wait_for 'api GET queues/q/uploads/u && field .lines 1000' && disk $(($(disk_used) - 1))
    x=$(head -c 2000 /dev/zero | tr '\0' x)
    seq 300 | sed "s/.*/{\"command\":\"u&\",\"env\":{\"A\":\"$x\"}}/"
}

it 'full in the middle: 507 with the sums, and it goes on when there is room' '
    FAULTS=1 && server &&
    STATUS=$(brimming | tee f | curl -s --max-time 80 -o answer -w "%{http_code}" -T - -H "Content-Type: application/x-ndjson" \
        -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/api/v1/queues/q/uploads/u") && mv answer body &&
    { echo "content-type: application/problem+json" >head; } && refused 507 storage_full && field ".lines>=1000" true &&
    field ".lines==.added" true && api GET queues/q/uploads/u && status 200 && taken=$(json .lines) && test "$taken" -lt 1300 &&
    disk 0 && wait_for "add c && status 201" 40 && chunked PUT queues/q/uploads/u f && status 200 && field .lines 1300 &&
    field .added 1300'

it 'claims go on beside a stream' '
    server && task_lines 1 100000 >f && { chunked PUT queues/q/uploads/u f & p=$!; } &&
    wait_for "api GET queues/q && field \".counts.pending>0\" true" && claim w && got t1 && finish w && outcome accepted &&
    wait $p && api GET queues/q/uploads/u && field .lines 100000'

done_testing
