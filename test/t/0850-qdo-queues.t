# The face of qdo's web server: URLs and their two spellings, queues, what happens to all of their tasks, what the server says of itself.
. "$(dirname "$0")/lib.sh"

me() { command id -un; }

# qdo METHOD SUFFIX [FIELD=VALUE… | JSON]: of the queues of who runs the server.
qdo() {
    method=$1 suffix=$2
    shift 2
    api "$method" "${PREFIX:-}/$(me)/queues$suffix" "$@"
}
queue() { start && qdo PUT /q && status 201; }
is_json() { grep -qi '^content-type: application/json' head || fail "it is not application/json"; }

# both METHOD SUFFIX STATUS: with and without a slash at the end, under /{user} and under /users/{user}.
both() {
    for prefix in '' /users; do
        for slash in '' /; do
            PREFIX=$prefix qdo "$1" "$2$slash" && status "$3" && is_json || return
        done
    done
}

it 'a queue is made once, read, listed' '
    start && qdo PUT /q && status 201 && is_json && field .name q && field .user "$(me)" && field .state Active && qdo PUT /q && status 200 &&
    qdo GET /q && status 200 && field ".ntasks|keys|join(\" \")" "Failed Killed Pending Running Succeeded Waiting" && field ".ntasks|add" 0 &&
    qdo PUT /other && qdo GET "" && status 200 && is_json && field "[.[].name]|join(\" \")" "other q" && api GET "/$(me)" && status 200 &&
    field length 2 && api GET "/$(me)/" && field length 2 && qdo GET "?after=q" && refused 400 unknown_field'

it 'no queue yet: an empty array' 'start && qdo GET "" && status 200 && field "type + (length|tostring)" array0'

it 'a slash at the end makes no difference, nor /users: answered, not redirected' '
    queue && add a && both GET "" 200 && both GET /q 200 && both PUT /q 200 && both PUT /q/pause 200 && both POST /q/resume 200 &&
    both GET /q/tasks 200 && both GET "/q/tasks/$(id a)" 200 && both PUT /q/retry 200 && both POST /q/recover 200 && both PUT /q/rerun 200 &&
    both POST /q/revive 200 && both POST /q/poptask 200 && both POST /q/get 200 && api GET /site/info/ && status 200 && api GET /site/login/ && status 200 && field .qdo_username "$(me)" &&
    PREFIX=/users qdo DELETE "/q/?force=1" && status 200'

it 'only the face is so: native URLs and pages have one spelling' '
    start && api GET /healthz/ && refused 404 not_found && api GET queues/ && refused 404 not_found && api GET /login/ && refused 404 not_found &&
    api GET /api/v1/queues/q/ && refused 404 not_found && api GET /users && refused 404 not_found && api GET //q && refused 404 not_found'

# no_user: nothing is there, or nothing that is read.
no_user() { [ "$STATUS" = 405 ] || refused 404 not_found; }

it 'words that URLs begin with are no users; others have no queues here: 404' '
    start && for word in $(grep -v "\"/[A-Za-z_]*\",.*\(RUNS\|LOOKS\|ROUTE_TABLES\)" "$ROOT/src/web/route.def" | sed -n "s|^X([A-Z]*, *\"/\([A-Za-z_]*\).*|\1|p" | sort -u) users tables; do
        [ "$word" ] || continue
        api GET "/$word/queues" && no_user && api GET "/users/$word/queues" && no_user || return
    done && api GET /test/queues && refused 404 account_not_found && api GET /nobody && refused 404 account_not_found && api GET /nobody/queues && refused 404 account_not_found &&
    api GET /nobody/queues/q && refused 404 queue_not_found && api PUT /nobody/queues/q && refused 404 account_not_found &&
    AUTH= api GET "/$(me)/queues" && refused 401 unauthorized'

it 'an unknown queue is 404 for all that can be asked of it, a bad name 400' '
    start && for ask in "GET " "DELETE " "PUT /pause" "PUT /resume" "PUT /retry" "PUT /recover" "PUT /rerun" "PUT /revive" "POST /launch" \
        "GET /tasks" "POST /poptask" "POST /get" "GET /tasks/1"; do
        qdo "${ask%% *}" "/none${ask#* }" && refused 404 queue_not_found || return
    done && qdo POST /none/addtask command=a && refused 404 queue_not_found && qdo PUT /none/tasks/1 state=Failed && refused 404 queue_not_found &&
    qdo PUT "/%01" && refused 400 bad_name'

it 'a method that a URL does not answer: 405 with those it does' '
    queue && qdo GET /q/poptask && refused 405 method_not_allowed && grep -qi "^allow: POST" head && qdo GET /q/get && status 405 &&
    qdo GET /q/retry && status 405 && grep -qi "^allow: PUT, POST" head && qdo PATCH /q && status 405 && api POST /site/info && status 405'

it 'a queue with running tasks is removed by force only' '
    queue && add a && claim w && qdo DELETE /q && refused 409 queue_running && qdo DELETE "/q?force=2" && refused 400 bad_field force &&
    qdo DELETE "/q?force=1" && status 200 && field .deleted q && qdo GET /q && refused 404 queue_not_found && qdo PUT /q && status 201'

it 'pause: Paused, and nothing is handed out; resume' '
    queue && add a && qdo PUT /q/pause && field .state Paused && qdo POST /q/poptask && status 200 && field . null &&
    qdo PUT /q/resume && field .state Active && qdo POST /q/poptask && field .task a && qdo POST /q/poptask && field . null'

it 'retry, rerun and revive say how many; a priority and an exit code may be named, in the URL or the body' '
    queue && add a && add b && add c && claim w max=3 && finish w 3 && finish_lease w "$(leases w | cut -d, -f2)" 4 &&
    finish_lease w "$(leases w | cut -d, -f3)" 0 && qdo PUT "/q/retry?exitcode=3" && field .changed 1 && qdo PUT /q/retry priority=5 &&
    field .changed 1 && field "has(\"live\")" false && qdo GET "/q/tasks/$(id b)" && field .priority 5 && qdo POST /q/rerun exitcode=0 &&
    field .changed 1 && qdo PUT "/q/tasks/$(id a)" state=Killed && qdo PUT "/q/revive?priority=2" && field .changed 1 &&
    qdo GET "/q/tasks/$(id a)" && field .state Pending && field .priority 2 && qdo PUT "/q/revive?exitcode=1" && refused 400 unknown_field exitcode &&
    qdo PUT "/q/retry?exitcode=x" && refused 400 bad_field exitcode'

it 'recover takes all back and says how many a live worker held; dead=1 only those whose lease is over' '
    queue && qdo POST /q/addtasks "{\"commands\":[\"a\",\"b\"]}" && qdo POST /q/poptask && claim w lease_seconds=30 && clock +40s &&
    claim v lease_seconds=30 && qdo PUT "/q/recover?dead=1" && field .changed 0 && field .live 0 && qdo PUT "/q/recover?dead=2" &&
    refused 400 bad_field dead && qdo PUT /q/recover && field .changed 2 && field .live 2 && qdo GET /q && field .ntasks.Pending 2'

it 'an operation is over when the answer comes' '
    queue && add_many 6000 && qdo PUT "/q/retry" && field .changed 0 && claim w max=700 && qdo PUT /q/recover && status 200 &&
    field .changed 700 && field .live 700 && qdo GET /q && field .ntasks.Pending 6000 && api POST queues/q/cancel && status 202 &&
    wait_for "api GET queues/q && field .counts.killed 6000" && qdo PUT /q/revive && status 200 && field .changed 6000 && qdo GET /q &&
    field .ntasks.Pending 6000'

it 'who waits for one and leaves is forgotten, and it goes on; a queue removed meanwhile is 404' '
    queue && add_many 10000 && add_many 10000 u && api POST queues/q/cancel && wait_for "api GET queues/q && field .counts.killed 20000" &&
    { curl -s -m 0.05 -X PUT -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/$(me)/queues/q/revive" || :; } &&
    wait_for "api GET queues/q && field .counts.pending 20000" && stop && start && qdo GET /q && field .ntasks.Pending 20000 &&
    { curl -s -X POST -o gone -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/$(me)/queues/q/rerun" & } &&
    api POST queues/q/cancel && qdo DELETE /q && wait_for "[ -s gone ]" && jq -e ".changed >= 0 or .code == \"queue_not_found\"" gone'

it 'a stop in the middle: told so, and the rest is done after the start' '
    queue && add_many 10000 && add_many 10000 u && api POST queues/q/cancel && wait_for "api GET queues/q && field .counts.killed 20000" &&
    { curl -s -X PUT -o told -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/$(me)/queues/q/revive" & } &&
    wait_for "api GET queues/q && [ \$(json .counts.pending) -gt 0 ]" && stop && wait_for "[ -s told ]" &&
    jq -e ".changed == 20000 or .code == \"stopping\"" told && start && wait_for "api GET queues/q && field .counts.pending 20000"'

it 'launch: no site to do it at; one that is not there; forms and JSON, and what is wrong in them' '
    queue && printf "bob-password\n" >p && docket user add bob --password-file p && docket token create --user bob && cp out bob && AUTH="Bearer $(cat bob)" api PUT queues/q && status 201 &&
    AUTH="Bearer $(cat bob)" api POST /bob/queues/q/launch nworkers=4 && refused 501 no_site && AUTH="Bearer $(cat bob)" api GET /site/info && field .hosts.local null && api GET /site/info && field ".hosts.local.queues|length" 0 &&
    qdo POST /q/launch nworkers=4 site=none && refused 404 site_not_found && qdo POST /q/launch nworkers=0 && refused 400 bad_field && qdo POST /q/launch walltime=soon && refused 400 bad_field &&
    qdo POST /q/launch "{\"batchopts\":\"-A \\\"x\"}" && refused 400 bad_field && has body "a quote has no end" && qdo POST /q/launch jobs=101 && refused 400 bad_field && qdo POST /q/launch noodles=1 && refused 400 unknown_field &&
    printf "walltime=4:00:00&site=none&keep_env=1&batchopts=-a+0-1&batchopts=-x" >form && TYPE=application/x-www-form-urlencoded qdo POST /q/launch @form && refused 404 site_not_found'

it 'site info, for anybody' '
    start && AUTH= api GET /site/info && status 200 && is_json && field .sitename "$(uname -n)" && field ".hosts|length" 0'

# root ARGUMENT…: what GET / answers.
root() { curl -s -D head -o page "$@" "$(url)/"; }

it 'the root: JSON for programs, the page for browsers' '
    start && root && is_json && is "$(jq -r .version page)" "$("$DOCKET" --version | sed "s/docket //")" && is "$(jq -r .links.login page)" "$(url)/site/login" &&
    root -H "Accept: application/json" -A Mozilla/5.0 && is_json && root -H "Accept:" && is_json &&
    root -H "Accept: text/html,application/json" && has page "<!doctype html>" && root -A "Mozilla/5.0 (X11)" && has page "<!doctype html>" &&
    root -H "Sec-Fetch-Mode: navigate" && has page "<!doctype html>"'

it 'behind a base path, through a proxy' '
    start --base-path /docket && api PUT "/docket/$(me)/queues/q/" && status 201 && api GET "/docket/users/$(me)/queues" && field length 1 &&
    curl -s "$(url)/docket/" >page && jq -e ".links.login|endswith(\"/docket/site/login\")" page'
done_testing
