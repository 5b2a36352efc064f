# The change feed: revisions, readers with and without a name, what was removed, and what has been forgotten.
. "$(dirname "$0")/lib.sh"

changes() { api GET "changes?$1" && status 200; } # the query
kinds() { field '[.changes[].kind]|join(" ")' "$*"; }
since() { json .since; }
forgotten() { api GET "changes?$1" && refused 410 changes_gone forgotten; }

it 'everything from 0, in the order of revisions, each thing once at its last state' '
    server && add a && add b && claim w && finish w 0 && changes since=0 && kinds "queue task task" &&
    field "[.changes[].rev]|.==sort" true && field ".changes[2].task.state" succeeded && field .more false &&
    n=$(since) && changes "since=$n" && kinds "" && add c && changes "since=$n" && field "[.changes[].task.command]|index(\"c\")!=null" true'

it 'what is removed appears as such: a task, a queue' '
    server && add a && changes since=0 && n=$(since) && api DELETE "tasks/$(id a)" && changes "since=$n" &&
    kinds task_deleted && field ".changes[0].id" "$(id a)" && n=$(since) && add b && api DELETE queues/q && changes "since=$n" &&
    kinds queue_deleted && field ".changes[0].queue" q'

it 'pages: limit, more' '
    server && add_many 2500 && changes since=0 && field ".changes|length" 1000 && field .more true &&
    changes "since=$(since)&began=$(json .began)" && changes "since=$(since)&began=$(json .began)" && field .more false &&
    field .began null && changes "since=0&limit=7" && field ".changes|length" 7'

it 'one queue only' '
    server && make_queue other && add a && api POST queues/other/tasks command=b && changes "since=0&queue=other" &&
    kinds "queue task" && api GET "changes?queue=none" && refused 404 queue_not_found &&
    api PUT users/ann role=user && api PUT users/ann/queues/hers "{}" && api POST users/ann/queues/hers/tasks command=c && changes since=0 && field ".changes|length" 4 &&
    changes "since=0&queue=ann/hers" && kinds "queue task" && field ".changes[1].task.owner" ann && api GET "changes?queue=bob/hers" && refused 404 queue_not_found'

it 'wait: answered when something changes' '
    server && changes since=0 && waiting r GET "changes?since=$(since)&wait=50" && add a && answered r && kinds task'

it 'of two waits of one consumer the newer stands' '
    server && api PUT consumers/c && changes consumer=c && api PUT consumers/c rev="$(since)" &&
    waiting r GET "changes?consumer=c&wait=50" && waiting s GET "changes?consumer=c&wait=50" && answered r && kinds "" &&
    add a && answered s && kinds task'

it 'wait ends empty' '
    server && changes since=0 && api GET "changes?since=$(since)&wait=1" && status 200 && kinds ""'

it 'a since from the future is refused' '
    server && api GET "changes?since=1000" && refused 400 bad_field future && api GET "changes?since=x" &&
    refused 400 bad_field since && api GET "changes?wait=61" && refused 400 bad_field wait'

it 'a consumer reads on from what it has acknowledged' '
    server && add a && api PUT consumers/c && status 201 && field .rev 0 && changes consumer=c && kinds "queue task" &&
    n=$(since) && api PUT consumers/c rev="$n" && status 200 && changes consumer=c && kinds "" && add b && changes consumer=c &&
    kinds task && crash && changes consumer=c && kinds task && api GET consumers/c && field .rev "$n" && api GET consumers &&
    field "[.consumers[].consumer]|join(\" \")" c && api DELETE consumers/c && status 200 && api GET consumers/c &&
    refused 404 consumer_not_found'

it 'what is refused takes no revision' '
    server && add a && changes since=0 && n=$(since) && api POST queues/q/tasks payload_upload=p && refused 404 payload_not_found &&
    api PUT consumers/c rev=$((n + 1)) && refused 400 bad_field future && api PUT consumers/c rev=$n && status 201'

it 'an unknown consumer, a revision from the future, a wrong name' '
    server && api GET "changes?consumer=nobody" && refused 404 consumer_not_found nobody && api GET consumers/nobody &&
    refused 404 consumer_not_found && api DELETE consumers/nobody && refused 404 consumer_not_found &&
    api PUT consumers/c rev=99 && refused 400 bad_field future && api GET consumers/c && refused 404 consumer_not_found &&
    api PUT consumers/c rev=-1 && refused 400 bad_field rev && api PUT consumers/a%0Ab && refused 400 bad_name &&
    api PUT consumers/c && api GET "changes?consumer=c&since=1" && refused 400 bad_field consumer'

it 'LIMIT_CONSUMERS' '
    server && curl -s -o many -X PUT -H "Authorization: Bearer $(cat "$DATA/token")" -H "Content-Type: application/json" \
        -d "{\"rev\":0}" "$(url)/api/v1/consumers/c[1-1000]" && api GET consumers && field ".consumers|length" 1000 &&
    api PUT consumers/onemore && refused 413 too_large 1000'

it 'removals are forgotten after an hour, or once every consumer knows; who has missed one is told so' '
    server && add a && add b && changes since=0 && s=$(since) && api DELETE "tasks/$(id a)" && clock +50m && changes "since=$s" &&
    kinds task_deleted && clock +20m && clock +2s && wait_for "forgotten since=$s" && changes since=0 &&
    kinds "queue task" && changes "since=$(since)" && kinds ""'

it 'a named reader keeps removals until it has read them, for a week' '
    server && add a && api PUT consumers/c && changes consumer=c && api PUT consumers/c rev="$(since)" &&
    api DELETE "tasks/$(id a)" && clock +2d && clock +2s && changes consumer=c && kinds task_deleted && clock +6d && clock +2s &&
    wait_for "forgotten consumer=c" && api PUT consumers/c rev=0 && status 200 && changes consumer=c &&
    kinds queue'

it 'a first reading is not disturbed by what was forgotten before it began' '
    server && add_many 1500 && api POST queues/q/cancel ids="[1500]" && api DELETE tasks/1500 && clock +2h && clock +2s &&
    wait_for "forgotten since=5" && changes "since=0&limit=1000" && field .more true &&
    changes "since=$(since)&began=$(json .began)&limit=1000" && field .more false && api PUT consumers/c && changes consumer=c &&
    api PUT consumers/c rev="$(since)" && status 200 && changes consumer=c && field .more false'

done_testing
