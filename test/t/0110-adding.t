# Tasks added: one or many, all or nothing, with keys, priorities, times and what a command needs.
. "$(dirname "$0")/lib.sh"

tasks() { api POST queues/q/tasks tasks="$1"; }

# wrong FIELD VALUE: adding a task with it is refused by the name of the field, and nothing is added.
wrong() { api POST queues/q/tasks command=x "$1=$2" && refused 400 bad_field "$1"; }

it 'one task' '
    server && add a && task a && field .command a && field .state pending && field .queue q && field .priority 0 &&
    field "[.payload,.key,.cwd,.env,.time_limit,.worker,.exitcode,.message,.started,.finished,.not_before]|unique|tojson" "[null]" &&
    field .attempt_count 0 && field .failures 0 && field .crashes 0 && field ".created|length" 24 &&
    field ".attempts|tojson" "[]" && field ".reason|length>0" true'

it 'numbers of a payload come back as they were' '
    server && api POST queues/q/tasks payload="[3.141592653589793,0.1234567890123456,1e300,9007199254740993]" && status 201 &&
    api GET "tasks/$(json ".ids[0]")" && grep -q "3.141592653589793[0-9]*," body && grep -q 9007199254740993 body &&
    field ".payload[0]==3.141592653589793 and .payload[1]==0.1234567890123456" true'

it 'a time that is no day of the calendar is refused' '
    server && wrong not_before "\"2030-02-30T12:00:00Z\"" && wrong not_before "\" 2030- 2- 3T1:0:61.Z\"" && counts ""'

it 'many: ids in the order given' '
    server && tasks "[{\"command\":\"x\"},{\"command\":\"y\"},{\"payload\":[1]}]" && status 201 &&
    field ".ids|length" 3 && api GET "tasks/$(json ".ids[1]")" && field .command y'

it 'adding makes the queue' 'start && add a && api GET queues/q && status 200 && counts pending=1'

it 'payloads: any JSON but null' '
    server && for p in "{\"a\":[1,2.5,null]}" "[]" "\"text\"" 5 true; do api POST queues/q/tasks payload="$p" &&
    status 201 && api GET "tasks/$(json ".ids[0]")" && field ".payload|tojson" "$p" || return
    done && api POST queues/q/tasks payload=null && refused 400 bad_field payload'

it 'a payload is handed out as it was' '
    server && api POST queues/q/tasks payload="{\"n\":1}" && claim w &&
    field ".tasks[0].payload|tojson" "{\"n\":1}" &&
    field ".tasks[0]|has(\"command\")|not or (.tasks[0].command==null)" true'

it 'neither command nor payload, or both: refused' '
    server && api POST queues/q/tasks priority=1 && refused 400 bad_field command &&
    api POST queues/q/tasks command=x payload=1 && refused 400 bad_field'

it 'a key: adding twice is adding once' '
    server && add a key=k && first=$ID && add b key=k && is "$ID" "$first" && counts pending=1 && add c key=other &&
    counts pending=2'

it 'a key twice in one request' '
    server && tasks "[{\"command\":\"x\",\"key\":\"k\"},{\"command\":\"y\",\"key\":\"k\"},{\"command\":\"z\"}]" &&
    status 201 && field ".ids[0]==.ids[1] and .ids[1]!=.ids[2]" true && counts pending=2'

it 'a key stays taken when its task has finished; other queues have their own' '
    server && add a key=k && first=$ID && claim w && finish w && add b key=k && is "$ID" "$first" &&
    counts succeeded=1 && api POST queues/q2/tasks command=x key=k && not test "$(json ".ids[0]")" = "$first"'

it 'higher priority first, then the older' '
    server && add a && add b priority=5 && add c priority=-3 && add d priority=5 && claim w max=9 && got b d a c'

it 'what a command needs comes back as it was' '
    server && add a cwd=/some/where env="{\"A\":\"1\",\"B\":\"x y\"}" time_limit=2.5 && claim w &&
    field ".tasks[0].cwd" /some/where && field ".tasks[0].env|tojson" "{\"A\":\"1\",\"B\":\"x y\"}" &&
    field ".tasks[0].time_limit" 2.5 && task a && field .time_limit 2.5'

it 'not_before: waiting until then' '
    server && add a not_before="$(date -u -d "+100 seconds" +%FT%TZ)" && add b && state a waiting &&
    claim w max=9 && got b && clock +101s && wait_for "state a pending" && claim w && got a'

it 'not_before in the past is pending at once' '
    server && add a not_before=2001-01-01T00:00:00+01:00 && state a pending'

it 'wrong values are refused by name' '
    server && wrong priority 1.5 && wrong priority "\"1\"" && wrong priority 1000001 && wrong key "\"\"" &&
    wrong key 5 && wrong cwd relative && wrong cwd "\"\"" && wrong env "[]" && wrong env "{\"A\":1}" &&
    wrong env "{\"\":\"x\"}" && wrong env "{\"A=B\":\"x\"}" && wrong time_limit 0 && wrong time_limit -1 &&
    wrong time_limit "\"1s\"" && wrong not_before tomorrow && wrong not_before 5 &&
    api POST queues/q/tasks command= && refused 400 bad_field command && api POST queues/q/tasks command=5 &&
    refused 400 bad_field command && counts ""'

it 'the message says which task of many, and nothing of it is stored' '
    server && jq -nc "{tasks:([range(17)|{command:\"x\"}]+[{command:\"x\",priority:\"high\"}])}" >body17 &&
    api POST queues/q/tasks @body17 && refused 400 bad_field "tasks[17].priority must be an integer" && counts ""'

it 'an unknown field of one of many is refused by name' '
    server && tasks "[{\"command\":\"x\"},{\"command\":\"x\",\"colour\":1}]" &&
    refused 400 unknown_field "tasks[1].colour" && counts ""'

it 'tasks that are no array, or not objects, or none' '
    server && tasks 5 && refused 400 bad_field tasks && tasks "[5]" && refused 400 bad_field "tasks[0]" &&
    tasks "[]" && case $STATUS in 201) field ".ids|length" 0 ;; *) refused 400 bad_field tasks ;; esac'

it 'a body that is not JSON: line and column' '
    server && api POST queues/q/tasks "{\"command\":}" && refused 400 bad_json && api POST queues/q/tasks "[1]" &&
    refused 400 bad_field && api POST queues/q/tasks "{\"command\":\"a\",\"command\":\"b\"}" &&
    refused 400 bad_json && api POST queues/q/tasks "{} x" && refused 400 bad_json &&
    printf "{\"command\":\"\\377\"}" >b && api POST queues/q/tasks @b && refused 400 bad_json &&
    printf "{\"command\":\"a\\\\u0000b\"}" >b && api POST queues/q/tasks @b && status 400 && : >b &&
    api POST queues/q/tasks @b && status 400 && counts ""'

it 'nesting beyond 32 levels is refused' '
    server && deep=$(printf "%0100d" 0 | sed "s/0/[/g") &&
    api POST queues/q/tasks "{\"payload\":$deep$(echo "$deep" | tr "[" "]")}" && refused 400 bad_json'

it 'commands keep every byte: quotes, newlines, UTF-8' '
    server && printf "{\"command\":\"a\\\\n\\\\t\\\\\"b\\\\\" $(printf "\\303\\244") \$x\"}" >b &&
    api POST queues/q/tasks @b && status 201 && claim w && json ".tasks[0].command" >c &&
    printf "a\\n\\t\"b\" \\303\\244 \$x\\n" >d && same c d'

it '10,000 in one request' 'server && add_many 10000 && field ".ids|length" 10000 && counts pending=10000'

it 'ids are never used again' '
    server && add a && restart && add b && test "$(id b)" -gt "$(id a)" && crash && add c &&
    test "$(id c)" -gt "$(id b)"'

done_testing
