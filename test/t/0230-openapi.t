# The description of the API: made from the tables, and true of what the server reads and answers.
. "$(dirname "$0")/lib.sh"

description() { api GET openapi.json && status 200 && cp body doc; }

# describes WHAT ARGUMENT…: openapi.py has no complaint.
describes() {
    what=$1
    shift
    python3 "$HERE/openapi.py" "$what" doc "$@" >complaints || return
    lines complaints 0 || { cat complaints >&2; return 1; }
}

# as_told: so is the last answer.
as_told() {
    describes answer "$method" "$path" "$STATUS" "$(sed -n "s/^[Cc]ontent-[Tt]ype: *//p" head | tr -d "\r")" body
}

# tour: a queue q with tasks of every kind, an upload u, a reader of changes c; and the arguments of who it is that asks.
tour() {
    server attempts=1 crashes=1 lease=30s && api PUT consumers/c && status 201 && add good env="{\"A\":\"1\"}" cwd=/tmp time_limit=9 key=k && claim w && finish w 0 \
        output="{\"stdout\":\"x\",\"stderr\":{\"base64\":\"AP8=\"}}" result="{\"a\":[1]}" && GOOD=$ID &&
        add bad && claim w && finish w 3 message=oops && add late && claim w begin=1 && renew w && clock +1m &&
        finish w 0 && outcome stale && add gone && api POST queues/q/cancel "{\"ids\":[$ID]}" && add later not_before=2040-01-01T00:00:00Z &&
        api POST queues/q/tasks "{\"payload\":{\"n\":1}}" && add held && claim w && TYPE=application/x-ndjson api PUT queues/q/uploads/u \
        "{\"command\":\"a\"}" && status 200 && raw && tabled && placed && add next after="[$GOOD,$ID]"
}
# tabled: a dataset d with a table that has a result with an error beside it, an analysis, and audit records.
tabled() {
    printf '%s\n' '{"dataset":{"solution":true,"analyze":true}}' '{"table":"T","data":[["a","b","c"]],"cea":[[1,0],[2,0]],"solution":{"cea":[[1,0,"Q1"]]}}' '{"end":{"tables":1}}' >lines &&
        TYPE=application/x-ndjson api PUT queues/d/tables @lines && status 201 && api POST "/getWork?client=c" "{}" && status 200 &&
        api PUT "/storeResult/T/?client=c" '{"cea":[{"row_id":1,"col_id":0,"mapped":"Q1"}],"cta":[],"cpa":[],"errors":"odd"}' && status 200 &&
        api PUT /storeAnalysisData/T '{"cea":[{"label":"a","state":[{"row_id":1,"col_id":0,"cand":["Q1"]}]}]}' && status 200 &&
        api POST /audit_lst '[{"task":"CEA","step":"creation","method":"m","tablename":"T","approach":"a","solved_cnt":1,"remaining":[],"remaining_cnt":0,"timestamp":0}]' && status 200
}
# raw: an uploaded payload that a task has, and one that none has yet.
raw() {
    TYPE=application/octet-stream api PUT queues/q/payloads/p xyz && status 200 && api POST queues/q/tasks payload_upload=p && status 201 &&
        RAW=$(json '.ids[0]') && TYPE=application/octet-stream api PUT queues/q/payloads/p xyz && status 200
}
# placed: a site c, and a job of it that has ended with its directory there.
placed() {
    mkdir dir && echo x >dir/f && docket job submit --site local --dir dir -- "cat f" && JOB=$(cat out) && wait_for job_ended && api PUT sites/c kind=local && status 201 &&
        api PUT "queues/q/scale?site=c" "{\"min_jobs\":0,\"max_jobs\":1,\"tasks_per_worker\":1,\"paused\":true}" && status 201
}
job_ended() { api POST sites/local/sync && api GET "jobs/$JOB" && [ "$(json .state)" = finished ]; }
# read_on SINCE: page after page of changes, each as described; their kinds in the file kinds.
read_on() {
    api GET "changes?since=$1" && status 200 && as_told && json ".changes[].kind" >>kinds || return
    [ "$(json .more)" = false ] || read_on "$(json .since)"
}
other_is_gone() { api GET queues/other && [ "$STATUS" = 404 ]; }
# who NAME=VALUE…: as what asks. An upload of its own is one of which nothing was taken: what was is not read again.
who() { set -- "$(url)" "$(cat "$DATA/token")" queue=q "user=$(command id -un)" upload=u consumer=c worker=w "id=$GOOD" token=none payload=p lease=1 part=result kind=cea \
    "api_task_payload.id=$RAW" $(printf "%s.queue=d " api_dataset_missing api_dataset_audit api_dataset_evaluation tables_analysis api_dataset_submission tables_results tables_errors \
    api_dataset_get api_dataset_patch api_table_list api_table_get api_table_put api_table_error api_table_reset) api_table_import.queue=new table=T site=c "job=$JOB" account=nobody api_site_remove.site=gone "$@" && describes "$what" "$@"; }

it 'it is OpenAPI 3.1, every reference is met, every answer is closed' 'start && description && describes valid'

it 'every row of route.def is described with what it answers, and nothing else' '
    start && description && describes routes "$ROOT/src/web/route.def"'

it 'it is asked for with a token' 'start && AUTH= api GET openapi.json && refused 401 unauthorized'

it 'every GET answers as described' 'tour && description && what=reads && who'

it 'tasks of every kind answer as described' '
    tour && description && n=0 && while n=$((n + 1)) && api GET tasks/$n && [ $STATUS = 200 ]; do as_told || return; done &&
    [ $n -gt 7 ] && api GET "queues/q/tasks?limit=2" && as_told && api GET "queues/q/results?limit=1" && as_told &&
    api GET "tasks/3/output?attempt=1" && as_told && api GET queues && as_told'

it 'add, claim, finish, renew, release and the rest answer as described' '
    tour && description && api PUT queues/other lease_seconds=1.5 && status 201 && as_told && api PUT queues/other max_attempts=2 &&
    status 200 && as_told && api POST queues/q/tasks "{\"tasks\":[{\"command\":\"a\"},{\"payload\":[1]}]}" && as_told &&
    TYPE=application/x-ndjson api POST queues/q/tasks "{\"command\":\"a\"}" && status 201 && as_told &&
    claim v max=2 && as_told && renew v && as_told && hold v && as_told && finish v && as_told && finish v && as_told &&
    finish_lease v 999 && as_told && release v && as_told && finish_and_claim w && as_told &&
    claim x max=1000 && as_told && claim x && got && as_told && api POST queues/q/pause && as_told && renew x && as_told &&
    api POST queues/q/resume && as_told && api POST queues/q/cancel && as_told && renew x && as_told &&
    api POST queues/q/retry && as_told && TYPE=application/x-ndjson api PUT "queues/q/uploads/v?from=1" "{\"command\":\"a\"}" && as_told'

it 'datasets and their tables answer as described' '
    tour && description && TYPE=application/x-ndjson api PUT queues/e/tables @lines && status 201 && as_told && api PATCH queues/d/dataset default=true && status 200 && as_told &&
    api GET queues/d && as_told && api PUT queues/d/tables/T "{\"header\":null,\"data\":[[1,true]]}" && status 200 && as_told && api POST queues/d/reset errors=true && as_told &&
    api GET "queues/d/tables?limit=1" && as_told && api GET "queues/d/audit?records=1" && as_told && api GET "datasets?limit=1" && as_told'

it 'a long operation answers as described, and so does its queue' '
    server && add_many 3000 && description && api POST queues/q/cancel && status 202 && as_told && api GET queues/q && as_told'

it 'changes of every kind, readers and the journal answer as described' '
    tour && make_queue other && description && api GET changes && as_told && since=$(json .since) &&
    api DELETE queues/other && status 202 && as_told && api DELETE "tasks/$GOOD" && status 200 && as_told &&
    wait_for other_is_gone && api PATCH "tasks/$ID" priority=1 && api POST queues/q/pause && read_on "$since" &&
    is "$(sort -u kinds | tr "\n" " ")" "queue queue_deleted task task_deleted " &&
    api GET "changes?limit=7" && as_told && api PUT consumers/c rev=3 && status 200 && as_told && api GET "changes?consumer=c" && as_told &&
    api PUT consumers/d && status 201 && as_told && api GET consumers && as_told && api DELETE consumers/d && as_told &&
    api GET "journal?limit=3" && as_told'

it 'changing a task and what can be asked of tasks answer as described' '
    tour && description && api PATCH "tasks/$ID" "{\"priority\":3,\"after\":[]}" && status 200 && as_told &&
    for event in rerun recover revive retry delete; do api POST queues/q/$event && as_told || return; done'

it 'sites and jobs answer as described' '
    tour && description && api GET sites && as_told && api PUT sites/c "{\"kind\":\"local\",\"cores\":8}" && as_told && api POST sites/c/sync && as_told && api GET "jobs?limit=1" && as_told && api POST jobs "{\"site\":\"c\",\"command\":\"true\"}" && status 202 && as_told &&
    id=$(json .id) && api POST "jobs/$id/cancel" && as_told && api POST "jobs/$JOB/resubmit" && as_told && api POST "jobs/$JOB/sync" && as_told && api DELETE "jobs/$JOB" && status 202 && as_told && api POST jobs/clean dry_run=true && as_told &&
    api POST jobs "{\"site\":\"c\",\"command\":\"true\",\"files\":{\"bytes\":9,\"hash\":\"x\"}}" && status 201 && as_told && TYPE=application/octet-stream api PUT "jobs/$(json .id)/files" xy && status 200 && as_told'

it 'refusals answer as described' '
    server && description && api GET queues/none && refused 404 queue_not_found && as_told && api POST queues/q/claim &&
    refused 400 bad_field && as_told && AUTH= api GET queues && refused 401 unauthorized && as_told && api POST queues/q/tasks "{" &&
    refused 400 bad_json && as_told && TYPE=application/x-ndjson api PUT queues/q/uploads/u "{" && refused 400 bad_line && as_told'

it 'every field of every body is read by the table that describes it' 'tour && description && what=bodies && who upload=new'

it 'every parameter is bounded as described, and no other is taken' 'tour && description && what=queries && who'

done_testing
