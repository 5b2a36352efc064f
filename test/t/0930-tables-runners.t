# Runners at work, call by call as research groups have them (runner.py): a dataset to its end, errors, kills of both sides, and
# everything they may be answered.
. "$(dirname "$0")/lib.sh"

. "$HERE/tables_steps.sh"

runner() { timeout 80 python3 -B "$HERE/runner.py" "$(url)" "$(basic)" --told told "$@" >ran 2>ran.err; r=$?; say "runner $* -> $r $(cat ran) $(tail -n 3 ran.err)"; return "$r"; }
told() { is "$(grep -c "^$1\$" told)" "$2"; }
# figures FIELD=VALUE…: what getStats says of the tables, of mappings and of times.
figures() {
    api POST "${AT:-}/getStats" && status 200 || return
    for word; do
        field ".${word%%=*}" "${word#*=}" || return
    done
}
# once N: N tables, each with one attempt that succeeded.
once() {
    counts "succeeded=$1" d && is "$(sqlite3 "$DATA/docket.db" 'SELECT count(*), count(DISTINCT task) FROM attempt WHERE outcome = 1')" "$1|$1"
}
# The crowd runs until nothing is left; whoever holds a table is killed now and then, and leases of theirs run out by the clock.
crowd() {
    crowd=$1 killed=$2
    shift 2
    : >held
    runner --crowd "$crowd" --kill "$killed" --held held "$@" &
    crew=$!
}
# Nothing pending, and only tables of the dead still held.
only_dead() {
    api GET queues/d && [ "$(json .counts.pending)" = 0 ] && [ "$(json .counts.running)" -le "$(grep -c . held)" ]
}
none_pending() { api GET queues/d && [ "$(json .counts.pending)" = 0 ]; }
late() { wait_for only_dead 60 && clock +46m; }
token() {
    api POST tokens "{\"scope\":\"worker\",\"queue\":\"$1\"}" && status 201 && json .token >worker.token
}
runner_at() {
    timeout 60 python3 -B "$HERE/runner.py" "$(url)$AT" "$(command id -un):$(cat worker.token)" --told told >ran
}

it 'a runner annotates a dataset to its end' '
    start && tables 5 && dataset d && runner && has ran 5 && figures tables.result=5 tables.unfinished=0 tables.error=0 tables.total=5 &&
    figures mappings.cea.mapped=10 mappings.cta.mapped=5 mappings.cpa.mapped=5 mappings.cea.fraction=100.0 clients.minute=1 &&
    told "getWork - 200" 5 && told "getWork - 410" 1 && told "audit_lst - 200" 5 && told "storeResult t3 200" 1 && once 5 &&
    api POST /getAudit && status 200 && field ".res[0].methods[0]|tostring" "[\"default\",10]"'

it 'what is mapped is handed out with the table the next time, without its prefix' '
    start && tables 1 && dataset d && runner && api POST queues/d/rerun "{\"state\":\"succeeded\"}" && api POST "/getWork?client=c" && status 200 &&
    field "[.targets.cea[].mapped]|join(\" \")" "Q1001 Q1002" && field ".targets.cta[0].mapped" Q7 && field ".targets.cpa[0].mapped" P01'

it 'the notation of old' '
    start && tables 3 && dataset d && runner --old && figures tables.result=3 mappings.cea.mapped=6 mappings.cta.mapped=3 mappings.cpa.mapped=3'

it 'analysis is handed in where it is asked for' '
    start && tables 2 && dataset d analyze=true audit=false && runner && told "storeAnalysisData t1 200" 1 && told "storeAnalysisData t2 200" 1 &&
    ! grep -q audit_lst told'

it 'what cannot be solved is tried three times, then parked' '
    start && tables 4 && dataset d && runner --poison t2 && figures tables.result=3 tables.error=1 tables.unfinished=0 &&
    told "storeError t2 200" 3 && told "storeResult t2 200" 0 && counts "succeeded=3 failed=1" d &&
    api GET "queues/d/tasks?state=failed" && field ".tasks[0].message" "ValueError: cannot solve t2"'

it 'an error that does not come back costs nothing but an attempt' '
    start && tables 4 && dataset d && runner --poison t --poison-once && figures tables.result=4 tables.error=0 && told "storeError t1 200" 1'

it 'a result with errors beside is a result and an error' '
    start && tables 3 && dataset d && runner --gap t2 && figures tables.result=3 tables.error=1 mappings.cea.mapped=5 mappings.cea.total=6 &&
    api GET tasks/2 && field .key t2 && api GET tasks/2/stderr && has body "no candidate" && has body "--------"'

it 'names are data' '
    start && tables 1 "T 1" "100%" "a\"b" "<script>x<b>" "äöü €" "a+b&c=d" "..." "%2e" && dataset d && runner && figures tables.result=9 &&
    figures mappings.cea.mapped=18 && told "storeResult <script>x<b> 200" 1 && counts succeeded=9 d'

it 'many runners at once do each table once' '
    start && tables 300 && dataset d && runner --crowd 40 && once 300 && figures tables.result=300 mappings.cea.mapped=600 mappings.cta.mapped=300 clients.minute=40'

it 'two hundred runners, a tenth of them killed while they hold a table: all is done once' '
    start && tables 600 && dataset d && crowd 200 20 && late && wait $crew && runner && once 600 &&
    figures tables.result=600 tables.unfinished=0 tables.error=0 mappings.cea.mapped=1200 mappings.cta.mapped=600 mappings.cpa.mapped=600 &&
    lines held 20 && is "$(sqlite3 "$DATA/docket.db" "SELECT count(*) FROM attempt WHERE outcome IN (3, 4)")" 20' 180

it 'the last hundredth is handed out twice, and the first result counts' '
    start && tables 100 && dataset d && crowd 3 1 && wait_for only_dead 60 && wait $crew && once 100 && figures tables.result=100 mappings.cea.mapped=200 &&
    lines held 1 && told "storeResult $(cat held) 200" 1' 120

it 'a server that is killed takes no table with it' '
    start && tables 400 && dataset d && crowd 20 0 && wait_for "[ \"\$(grep -c storeResult told)\" -ge 60 ]" && crash &&
    wait_for "[ \"\$(grep -c storeResult told)\" -ge 150 ]" && crash && wait_for none_pending 60 && clock +46m && wait $crew && runner && once 400 &&
    figures tables.result=400 mappings.cea.mapped=800 mappings.cta.mapped=400 mappings.cpa.mapped=400' 180

it 'wrong credentials are refused, and a runner takes that for the end' '
    start && tables 2 && dataset d && basic() { echo wrong:wrong; } && runner && has ran 0 && told "getWork - 401" 1 && AUTH="Basic d3Jvbmc6d3Jvbmc=" api POST "/getWork?client=c" &&
    refused 401 unauthorized && grep -qi "^www-authenticate: basic realm=\"Authentication Required\"" head && counts pending=2 d'

it 'an open dataset lets in whoever names a client, with made-up credentials, and shows no figures' '
    start && tables 2 && dataset d open=true && basic() { echo YourManagerUsername:YourManagerPassword; } && runner && has ran 2 &&
    AUTH= api POST "/getWork?client=c" && refused 410 nothing_left && AUTH= api POST /getStats && status 401 && AUTH="Basic eDp5" api POST /getStats && status 401'

it 'several datasets are named, with none as the default' '
    start && tables 1 && dataset d && dataset e && runner && told "getWork - 409" 1 && api POST "/getWork?client=c" && refused 409 several_datasets "/d" &&
    refused 409 several_datasets "/e" && api POST "/tables/e/getWork?client=c" && status 200 && api POST /getStats && refused 409 several_datasets'

it 'one without any' 'start && api POST "/getWork?client=c" && refused 404 no_dataset && make_queue q && api POST "/tables/q/getWork?client=c" && refused 404 queue_not_found'

it 'a paused dataset holds getWork, and says 410 at last' '
    start && tables 1 && dataset d && api POST queues/d/pause && status 200 && waiting w POST ../../getWork?client=c && clock +29s && [ ! -s waiting.w ] &&
    clock +2s && answered w && field .code nothing_left && field ".detail" "the dataset '\''d'\'' is paused" && waiting v POST ../../getWork?client=c &&
    api POST queues/d/resume && answered v && field .name t1'

it 'who waits for the last table hears at once that it is done' '
    start && tables 2 && dataset d && api PUT queues/d speculate=false && status 200 && work a && work b && waiting w POST ../../getWork?client=c && result t1 a &&
    status 200 && result t2 b && status 200 && answered w && field .code nothing_left'

it 'a token of one dataset runs its tables, and nothing else' '
    start && tables 2 && dataset d && dataset e && token d && AT=/tables/d && runner_at && has ran 2 && AT=/tables/e && runner_at && has ran 0 &&
    told "getWork - 404" 1 && AUTH="Bearer $(cat worker.token)" api POST /tables/d/getStats && refused 403 forbidden'

done_testing
