# Jobs into a database of one's own.
. "$(dirname "$0")/lib.sh"

MAP='updated=last_updated,jobid=id'
told() { [ "$(cat out)" = "$1" ] || fail "it said '$(cat out)', not '$1'"; }
words() { grep -qF -- "$1" err || fail "it did not say '$1' but: $(cat err)"; }
rows() {
    answered=$(sqlite3 "$1" "$2" 2>&1 | paste -sd' ' -)
    [ "$answered" = "$3" ] || fail "$2: '$answered', not '$3'"
}
export_to() {
    file=$1
    shift
    docket job export --to "sqlite:$file" --table jobs "$@"
}

# submit COMMAND: a plain job on this machine; JOB is its id. job_ended: it has.
submit() { api POST jobs "$(jq -nc --arg c "$1" '{site: "local", command: $c}')" && status 202 && JOB=$(json .id); }
job_ended() { wait_for "api GET jobs/${1:-$JOB} && [ \"\$(json .finished)\" != null ]" 60; }

it 'only what has changed since, by the map of the manual; by all fields; what is refused' '
    start && submit true && job_ended && submit "exit 3" && job_ended && export_to mine.db --map "$MAP" && told "2 new, 0 changed, 0 as they were" &&
    rows mine.db "SELECT count(*) FROM jobs WHERE id LIKE '\''________________\_1'\'' ESCAPE '\''\'\'' AND last_updated IS NOT NULL" 2 && export_to mine.db --map "$MAP" &&
    told "0 new, 0 changed, 0 as they were" && export_to all.db && rows all.db "SELECT id, status, exitcode, reason, site, cleaned FROM jobs ORDER BY id" "1|finished|0||local|0 2|failed|3|exit 3|local|0" &&
    export_to none.db --site elsewhere && told "0 new, 0 changed, 0 as they were" && exits 2 export_to mine.db --map state && words "add id or jobid"'

it 'a job that is cleaned away stays in the table, but not in a mirror' '
    start && submit true && job_ended && export_to keep.db && export_to mirror.db --mirror && api DELETE "jobs/$JOB" && status 202 && wait_for "api GET jobs/$JOB && field .cleaned true" &&
    export_to keep.db && told "0 new, 1 changed, 0 as they were" && rows keep.db "SELECT cleaned FROM jobs" 1 && export_to mirror.db --mirror &&
    told "0 new, 0 changed, 0 as they were, 1 removed"'

it 'two consumers, one a week behind, miss no job; a third that comes later gets all that is kept' '
    start && submit true && job_ended && export_to early.db --map "$MAP" && export_to late.db --map "$MAP" && for day in 1 2 3 4; do
        clock +2d && submit "echo $day" && job_ended && export_to early.db --map "$MAP" || return
    done && export_to late.db --map "$MAP" && export_to third.db --map "$MAP" && docket job export --to sqlite:all.db --table jobs --map jobid=id && sqlite3 all.db "SELECT id FROM jobs" | sort >all && [ "$(wc -l <all)" = 5 ] &&
    for file in early late third; do sqlite3 $file.db "SELECT id FROM jobs" | sort | diff all - || return; done'

done_testing
