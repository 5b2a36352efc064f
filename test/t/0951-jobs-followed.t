# The change feed of jobs alone; python's jobs beside docket's in one folder.
. "$(dirname "$0")/lib.sh"

# submit COMMAND: a plain job on this machine; JOB is its id. job_ended: it has.
submit() { api POST jobs "$(jq -nc --arg c "$1" '{site: "local", command: $c}')" && status 202 && JOB=$(json .id); }
job_ended() { wait_for "api GET jobs/${1:-$JOB} && [ \"\$(json .finished)\" != null ]" 60; }

it 'the feed of jobs alone' '
    server && add a && submit true && job_ended && api GET "changes?since=0&kind=job" && field "[.changes[].kind]|unique|join(\" \")" job && field ".changes|length" 1 &&
    api GET "changes?since=$(json .since)&kind=job" && field ".changes|length" 0 && field .more false && api GET "changes?kind=task" && refused 400 bad_field "kind may be job"'

it 'what python has submitted is found here, and the other way round' '
    start && submit "echo one" && job_ended && py remotejobs_do docket - keys && KEY=$(jq -r ".[0]" out) && py remotejobs_do docket - state "$KEY" && [ "$(jq -r "\"\(.status) \(.exitcode) \(.command)\"" out)" = "finished 0 echo one" ] &&
    py remotejobs_do docket - submit "[\"\", \"\", \"exit 3\", [], \"\", \"\", {\"name\": \"by python\"}]" && api POST sites/local/sync && wait_for "api GET jobs && field \"[.jobs[]|select(.name == \\\"by python\\\")|.state]|join(\\\" \\\")\" failed || ! api POST sites/local/sync" 60 &&
    field ".jobs[0]|\"\(.exitcode) \(.command)\"" "3 exit 3"'

done_testing
