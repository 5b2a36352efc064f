# Jobs: commands at a site of the kind local, with and without a directory; the verbs; launches as far as they need no worker.
. "$(dirname "$0")/lib.sh"

# submit COMMAND [MEMBER=JSON]…: at the site c, which is made; its id in JOB.
submit() {
    api PUT sites/c '{"kind":"local"}' && command=$1 && shift &&
        api POST jobs "$(jq -cn --arg c "$command" "{site:\"c\",command:\$c$(for m; do printf ',%s:%s' "${m%%=*}" "${m#*=}"; done)}")" && JOB=$(json .id)
}
# at STATE: the job JOB is in that state, after a look at its site.
at() { api POST sites/c/sync '{}' && api GET "jobs/$JOB" && field .state "$1"; }
ends() { wait_for "at $1" 20; }
# put FILE [QUERY]: as the directory of the job JOB.
put() { TYPE=application/octet-stream api PUT "jobs/$JOB/files${2-}" "@$1"; }
bytes() { wc -c <"$1" | tr -d ' '; }

it 'a command: submitted, run, its output, exit code and reason' '
    start && submit "echo out; echo err >&2; exit 3" name="\"odd\"" env="{\"A\":\"1\"}" && status 202 && field .batch "$(json .batch)" && ends failed && field .exitcode 3 && field .reason "exit 3" && field .name odd &&
    api GET "jobs/$JOB/stdout" && is "$(cat body)" out && api GET "jobs/$JOB/stdout?from=2" && is "$(cat body)" t && api GET "jobs/$JOB/stderr" && is "$(tail -n 1 body)" err &&
    submit "test \$A = 1" env="{\"A\":\"1\"}" && ends finished && field .exitcode 0'

it 'who it is: the hash is of what was asked, not of its name; the next like it has the next number' '
    start && submit true && one=$(json .job) && submit true name="\"n\"" && is "$(json .job)" "${one%_1}_2" && submit false && [ "$(json .job)" != "${one%_1}_3" ] && submit true walltime=60 && has body "_1\"" &&
    api GET jobs && field ".jobs|length" 4 && api GET "jobs?site=c&limit=2" && field ".jobs|length" 2 && api GET "jobs?cursor=$(json .next)" && field ".jobs|length" 2 && api GET "jobs?state=lost" && field ".jobs|length" 0 &&
    api GET "jobs?state=odd" && refused 400 bad_field && api GET "jobs?site=none" && refused 404 site_not_found && api GET "jobs?queue=none" && refused 404 queue_not_found && api GET jobs/99 && refused 404 job_not_found'

it 'cancelled, started again, cleaned away' '
    start && submit "sleep 300" && JOB=$(json .id) && api DELETE "jobs/$JOB" && refused 409 job_state && api POST "jobs/$JOB/resubmit" && refused 409 job_state && api POST "jobs/$JOB/cancel" && status 202 && ends cancelled &&
    has body "cancelled by" && folder=$HOME/.docket/$(json .job) && [ -d "$folder" ] && api POST "jobs/$JOB/resubmit" "{}" && status 202 && has body "_2\"" && second=$(json .id) && api POST "jobs/$second/cancel" &&
    api DELETE "jobs/$JOB" && status 202 && wait_for "api POST sites/c/sync && api GET jobs/$JOB && field .cleaned true" 20 && [ ! -d "$folder" ] && api GET "jobs/$JOB/stdout" && refused 404 output_not_found &&
    api POST jobs/clean dry_run=true && status 200'

it 'a directory goes with it, in pieces, and what it became comes back' '
    start && mkdir d && echo in >d/a && ln -s a d/l && tar -C d -cf t.tar . && submit "cat a l; echo more >b" files="{\"bytes\":$(bytes t.tar),\"hash\":\"x\"}" && status 201 && field .state submitted && head -c 1000 t.tar >t1 && tail -c +1001 t.tar >t2 &&
    put t1 && status 200 && field .size 1000 && put t2 "?from=2000" && refused 409 body_gap && put t2 "?from=1000" && status 202 && ends finished && api GET "jobs/$JOB/stdout" && is "$(cat body)" "in
in" && api GET "jobs/$JOB/files" && tar -tf body >names && has names files/b && put t.tar && refused 409 job_state'

it 'a tar that would leave its folder, or is none: the job is forgotten' '
    start && mkdir d && refuses() { submit true files="{\"bytes\":$(bytes "$1"),\"hash\":\"x\"}" && put "$1" && refused 400 bad_field && has body "$2" && api GET "jobs/$JOB" && refused 404 job_not_found; } &&
    ln -s /etc d/l && tar -cf t.tar d && refuses t.tar "is a link that leaves" && ln -sfn ../../x d/l && tar -cf t.tar d && refuses t.tar "is a link that leaves" && ln -sfn a/../../x d/l && tar -cf t.tar d && refuses t.tar "is a link that leaves" &&
    rm d/l && echo x >d/a && tar -P --transform "s,^d/a,/tmp/a," -cf t.tar d && refuses t.tar "leave the folder" && tar -P --transform "s,^d/a,../a," -cf t.tar d && refuses t.tar "leave the folder" && mkfifo d/p && tar -cf t.tar d &&
    refuses t.tar "neither a file" && rm d/p && echo nothing >t.tar && refuses t.tar "not a whole tar" && tar -cf t.tar d && head -c 700 t.tar >t2 && refuses t2 "not a whole tar" && tar -cf t.tar d && submit true files="{\"bytes\":100,\"hash\":\"x\"}" &&
    put t.tar && refused 413 too_large'

it 'what no job can be: each field; a directory that is too large (LIMIT_JOB_FILES); settings that are (LIMIT_JOB_SETTINGS)' '
    start && bad() { submit "$@"; refused 400 bad_field || return; } && bad true env="{\"1A\":\"x\"}" && bad true env="{\"A\":1}" && bad true env="{\"DOCKET_X\":\"x\"}" && bad true cores=0 && bad true walltime=0 && bad true app="\"../x\"" &&
    bad true options="[\"-x\"]" && has body "kind slurm" && bad true files="{\"bytes\":67108865,\"hash\":\"x\"}" && bad true files="{\"bytes\":1}" && bad true name="\"a\\nb\"" && submit true comand=1 && refused 400 unknown_field && has body "did you mean command" &&
    jq -cn "{site:\"c\",command:\"true\",options:[range(64)|\"-\"+\"x\"*4095]}" >large && api POST jobs @large && refused 413 too_large && api POST jobs site=c && refused 400 bad_field'

it 'changes tell of jobs, and of those that were forgotten' '
    start && submit true files="{\"bytes\":512,\"hash\":\"x\"}" && head -c 512 /dev/zero | tr "\0" x >t.tar && put t.tar && refused 400 bad_field && submit true && api GET changes && field "[.changes[].kind]|unique|join(\" \")" "job job_deleted"'

it 'the verbs: submit, list, show, output, fetch, cancel, resubmit, clean' '
    start && docket site add c --kind local --no-check && mkdir d && echo in >d/a && docket job submit --site c --dir d --name first --env A="b c" -- sh -c "cat a; echo \"\$A\"; echo new >b" && JOB=$(cat out) && docket job output "$JOB" -f &&
    is "$(cat out)" "in
b c" && docket job show "$JOB" && has out "finished" && has out "exitcode   0" && docket job && has out first && docket job --json && jq -e .job out && docket job fetch "$JOB" got && is "$(cat got/files/b)" new &&
    exits 1 docket job fetch "$JOB" got && has err "is there already" && docket job fetch "$JOB" got --force && docket job submit --site c -- sleep 300 && docket job cancel "$(cat out)" && has out "cancelling" &&
    docket job resubmit "$JOB" && docket job clean --dry-run && has out "would be cleaned away" && docket job clean "$JOB" && docket job sync && has out "/c: up" && exits 2 docket job cancel x && exits 3 docket job show 999 && exits 2 docket job submit -- true && has err "where"'

it 'submit --dir: what cannot go is named, and nothing is started' '
    start && docket site add c --kind local --no-check && mkdir d && refuses() { exits 1 docket job submit --site c --dir d -- true && has err "$1"; } && ln -s ../x d/l && refuses "is a link that leaves the directory" && rm d/l && mkfifo d/p && refuses "neither a file" &&
    rm d/p && head -c 67108864 /dev/zero >d/big && refuses "more than 64 MiB" && exits 1 docket job submit --site c --dir none -- true && api GET jobs && field ".jobs|length" 0'

it 'sync APP [SERVER[:PORT]]: jobs of another folder become known' '
    start && mkdir -p "$HOME/.mine" && docket job sync mine && has out "local-mine: up, 0 jobs" && api GET sites/local-mine && field .settings.app mine && docket job sync mine && api GET sites && field "[.sites[]|select(.site==\"local-mine\")]|length" 1 &&
    exits 2 docket job sync mine host:x'

it 'launch: what is wrong is said before anything is started' '
    start && make_queue q && api POST queues/q/launch site=none workers=1 && refused 404 site_not_found && api POST queues/q/launch site=local workers=0 && refused 400 bad_field && api POST queues/q/launch workers=1 && refused 400 bad_field &&
    api POST queues/q/launch "{\"site\":\"local\",\"partition\":\"p\"}" && refused 400 bad_field && has body "kind slurm" && api POST queues/q/launch "{\"site\":\"local\",\"wokers\":1}" && refused 400 unknown_field && has body "did you mean workers" &&
    api POST queues/none/launch site=local && refused 404 queue_not_found && api GET jobs && field ".jobs|length" 0'

done_testing
