# Scales at a site of the kind local: as many jobs as a queue deserves, within bounds and budget; what stops them. Decisions in thousands:
# test/sim_scale.c; a real scheduler: test/sites/0400-scale.t.
. "$(dirname "$0")/lib.sh"

tasks() { for n in $(seq "$1"); do docket add q -- "$2" || return; done; }
scale() { api PUT "queues/q/scale?site=$1" "$2"; }
jobs() { api GET "jobs?queue=q"; }
open_jobs() { jobs && OPEN=$(json '[.jobs[]|select(.state|IN("submitted","pending","running"))]|length'); }
# no_more N: open jobs; looked at while it waits.
open_is() { open_jobs && [ "$OPEN" -le "$MOST" ] || fail "$OPEN open"; [ "$OPEN" = "$1" ]; }
done_is() { open_jobs && [ "$OPEN" -le "$MOST" ] || fail "$OPEN open"; api GET queues/q && [ "$(json .counts.succeeded)" = "$1" ]; }

it 'a queue is worked off by as many jobs as it deserves, never more than max_jobs; idle ones are gone within a minute' '
    start && make_queue q && tasks 6 "sleep 1" && MOST=2 && docket scale q --site local --max-jobs 2 --tasks-per-worker 2 --walltime 10m --budget 10 && has out local &&
    wait_for "done_is 6" 90 && wait_for "open_is 0" 70 && field "[.jobs[].state]|unique|map(select(.!=\"finished\" and .!=\"cancelled\"))|length" 0 && api GET "queues/q/scale?site=local" &&
    field ".spent > 0 and .spent < 1" true && field .promised "$(json .spent)" && field .paused false && field .backlog 0 && field .wanted 0 && field .forecast 0 &&
    docket scale && has out "the backlog deserves no more" && docket show q && has out "0 running, 0 waiting of at most 2 jobs at local" && docket show q --json && jq -e ".scales[0].max_jobs==2" out' 240

it 'min_jobs are there at all times; --off cancels what has not begun, and lets the rest go on' '
    start && make_queue q && MOST=2 && docket scale q --site local --min-jobs 1 --max-jobs 2 && wait_for "open_is 1 && has body running" 60 && clock +90s && sleep 2 && open_is 1 &&
    docket scale q --off && has out "off: 0 jobs" && api GET "queues/q/scale?site=local" && refused 404 scale_not_found && open_is 1 && docket job cancel "$(json ".jobs[0].id")" &&
    docket scale && has out "nothing is scaled"' 120

it 'what has changed is named, the rest stays; null takes it back; --dry-run changes nothing' '
    start && make_queue q && docket add q -- true && docket scale q --site local --max-jobs 3 --workers 2 --tasks-per-worker 4 --walltime 1h --budget 100 --env A=b --script s --pause && docket scale q --max-jobs 5 --json &&
    jq -e ".max_jobs==5 and .workers==2 and .tasks_per_worker==4 and .walltime==3600 and .budget==100 and .env.A==\"b\" and .script==\"s\" and .paused" out && docket scale q --budget none --json && jq -e ".budget==null" out &&
    scale local "{\"script\":null}" && field .script null && docket scale q --resume --dry-run && has out "it would start 1 now" && docket scale q --json && jq -e .paused out && jobs && field ".jobs|length" 0 &&
    docket scale q --site local --json && jq -e ".queue==\"q\" and .why==\"it is paused\"" out'

it 'what no scale can be' '
    start && make_queue q && refuses() { scale local "$1" && refused 400 bad_field && has body "$2"; } && refuses "{}" "max_jobs is missing" && refuses "{\"max_jobs\":1,\"min_jobs\":2}" "is above max_jobs" &&
    refuses "{\"max_jobs\":1,\"budget\":5}" "needs a walltime" && refuses "{\"max_jobs\":1,\"budget\":0.5,\"walltime\":3600}" "not enough for one job" && refuses "{\"max_jobs\":1,\"partition\":\"p\"}" "kind slurm" && refuses "{\"max_jobs\":0}" max_jobs &&
    refuses "{\"max_jobs\":1,\"env\":{\"1\":\"x\"}}" env && scale local "{\"max_job\":1}" && refused 400 unknown_field && has body "did you mean max_jobs" && scale none "{\"max_jobs\":1}" && refused 404 site_not_found &&
    api PUT queues/q/scale "{\"max_jobs\":1}" && refused 400 bad_field && api GET "queues/q/scale?site=local" && refused 404 scale_not_found && api DELETE "queues/q/scale?site=local" && refused 404 scale_not_found &&
    api GET "scales?queue=none" && refused 404 queue_not_found && exits 2 docket scale --site local && exits 2 docket scale q --pause --resume && exits 2 docket scale q --off --max-jobs 1 && exits 2 docket scale q --budget -1 &&
    exits 2 docket scale q local && has err "one name too many" && exits 2 docket scale q --pause && has err "not scaled anywhere" && exits 2 docket scale q --site local --env A && exits 3 docket scale q --site local --off'

it 'bounds: LIMIT_SCALE_JOBS, LIMIT_SCALE_BUDGET' '
    start && make_queue q && scale local "{\"max_jobs\":1000,\"budget\":1000000000,\"walltime\":60,\"paused\":true}" && status 201 && scale local "{\"max_jobs\":1001}" && refused 400 bad_field && scale local "{\"budget\":1000000001}" && refused 400 bad_field'

it 'bounds: LIMIT_SCALES' '
    start && many() { curl -s -o /dev/null -X PUT -H "Authorization: Bearer $(cat "$DATA/token")" -H "Content-Type: application/json" -d "$2" "$(url)/api/v1/$1"; } && many "queues/q[1-6]" "{}" && many "sites/s[1-190]" "{\"kind\":\"local\"}" &&
    many "queues/q[1-5]/scale?site=s[1-190]" "{\"max_jobs\":1,\"paused\":true}" && many "queues/q6/scale?site=s[1-50]" "{\"max_jobs\":1,\"paused\":true}" && api GET scales && field ".scales|length" 1000 &&
    api PUT "queues/q6/scale?site=s51" "{\"max_jobs\":1}" && refused 409 too_many && api DELETE "queues/q6/scale?site=s50" && status 200 && api PUT "queues/q6/scale?site=s51" "{\"max_jobs\":1,\"paused\":true}" && status 201' 180

# A site that takes no job: its template is not there.
refusing() { docket site add bad --no-check --kind local --template "$T/none"; }
refused_is() { api GET "queues/q/scale?site=bad" && [ "$(json .refused)" -ge "$1" ]; }
refusals() { from=$1; while [ "$from" -le "$2" ]; do clock +301s && wait_for "refused_is $from" 20 || return; from=$((from + 1)); done; }

it 'ten refused submissions one after the other: it pauses itself and says why; the last ten are kept' '
    start && refusing && make_queue q && docket add q -- true && docket scale q --site bad --max-jobs 3 && refusals 1 10 && field .paused true && field .refused 10 && has body "10 submissions were refused" && has body "docket scale q --site bad --resume" &&
    clock +301s && jobs && field ".jobs|length" 10 && field "[.jobs[].state]|unique|join(\" \")" failed && last=$(json ".jobs[0].id") && has body "could not open" && docket scale && has out "10 submissions were refused" &&
    docket scale q --resume && refusals 1 2 && jobs && field ".jobs|length" 10 && [ "$(json ".jobs[0].id")" -gt "$last" ] && touch none && printf "#!/bin/sh\n{{command}}\n" >none && clock +301s &&
    wait_for "api GET queues/q && field .counts.succeeded 1" 60 && api GET "queues/q/scale?site=bad" && field .refused 0' 240

it 'three jobs that never began: their workers are not there' '
    start && docket site add odd --no-check --kind local --docket /bin/sh && printf "#!/bin/sh\nexit 127\n" >t && docket site add odd --no-check --kind local --template "$T/t" && make_queue q && docket add q -- true &&
    docket scale q --site odd --max-jobs 1 && wait_for "api GET \"queues/q/scale?site=odd\" && field .paused true" 60 && has body "ended one after the other before they had begun" && has body "exit 127" && jobs && field ".jobs|length" 3' 120

it 'the budget: no job that it might not be enough for' '
    start && make_queue q && tasks 3 "sleep 30" && docket scale q --site local --max-jobs 3 --walltime 60 --budget 0.07 && wait_for "jobs && field \".jobs|length\" 2" 20 && api GET "queues/q/scale?site=local" &&
    field .why "the budget would not be enough for another job" && field ".promised<=.budget" true && field .wanted 3 && clock +20s && jobs && field ".jobs|length" 2'

it 'whose it is: jobs are of whoever scales; others see nothing of it' '
    start && account() { printf "%s\n" "$1-password" >"$1.password" && docket user add "$1" --role user --password-file "$1.password" && docket token create --user "$1" && cp out "$1.token"; } && account bob && account eve &&
    as() { who=$1; shift; AUTH="Bearer $(cat "$who.token")" api "$@"; } && me=$(command id -un) && as bob PUT queues/q "{}" && as bob PUT "queues/q/scale?site=$me/local" "{\"max_jobs\":1}" && refused 404 site_not_found &&
    api PUT sites/mine "{\"kind\":\"local\"}" && api PUT sites/mine/shares/bob && as bob PUT "queues/q/scale?site=$me/mine" "{\"max_jobs\":1,\"paused\":true}" && status 201 && field .owner bob && field .site "$me/mine" && as eve GET scales && field ".scales|length" 0 &&
    as eve GET "users/bob/queues/q/scale?site=mine" && refused 404 queue_not_found && api GET scales && field ".scales|length" 1 && api DELETE sites/mine/shares/bob && as bob GET "queues/q/scale?site=mine" && refused 404 site_not_found &&
    as bob POST queues/q/tasks "{\"command\":\"true\"}" && api PUT "users/bob/queues/q/scale?site=mine" "{\"paused\":false}" && wait_for "api GET scales && field \".scales[0].paused\" true" 30 && has body "there is no site"'

done_testing
