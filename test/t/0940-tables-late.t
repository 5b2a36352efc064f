# What is handed in for a table late, twice, after others, or after somebody took it away: nothing is lost, nothing overwrites.
. "$(dirname "$0")/lib.sh"

# dataset N: one called d of N tables T1…, with a target each.
dataset() {
    { echo '{"dataset":{}}'; seq -f '{"table":"T%g","data":[["a","b"]],"cea":[[1,0]]}' "$1"; echo "{\"end\":{\"tables\":$1}}"; } >lines
    curl -s -o body -w '%{http_code}' -X PUT -H "Authorization: Bearer $(cat "$DATA/token")" -H 'Content-Type: application/x-ndjson' \
        --data-binary @lines "$(url)/api/v1/queues/d/tables" >code && is "$(cat code)" 201
}
runner() { # METHOD PATH [BODY]: answers in body and STATUS
    STATUS=$(curl -s -o body -D head -w "%{http_code}" -X "$1" -H "Authorization: Bearer $(cat "$DATA/token")" ${3+--data-binary "$3"} "$(url)$2")
    say "$1 $2 -> $STATUS $(head -c 200 body)"
}
work() { runner POST "/getWork?client=$1" && status 200 && field .name "$2"; }
result() { # CLIENT TABLE MAPPED
    runner PUT "/storeResult/$2/?client=$1" "{\"cea\":[{\"row_id\":1,\"col_id\":0,\"mapped\":\"$3\"}],\"cta\":[],\"cpa\":[],\"errors\":[]}"
}
error() { runner PUT "/storeError/$2/?client=$1" "Traceback
ValueError: $3"; }
mapped() { runner POST "/getDescription?table=$1" && field '.targets.cea[0].mapped' "$2"; }
stats() { runner POST /getStats && status 200 && field "[.tables.unfinished,.tables.result,.tables.error]|join(\" \")" "$1"; }
told() { api GET "tasks/$1" && status 200 && field "$2" "$3"; } # of a task, by its id

it 'handed in again, it is answered as before and not looked at' '
    start && dataset 1 && work a T1 && result a T1 Q1 && status 200 && result a T1 Q2 && status 200 && mapped T1 Q1 && stats "0 1 0" && told 1 .attempt_count 1 &&
    error a T1 late && refused 404 not_held && result b T1 Q3 && refused 404 not_held'

it 'after the lease has run out, and nobody has finished the table: taken, whoever holds it now' '
    start && dataset 1 && work a T1 && clock +46m && result a T1 Q1 && status 200 && mapped T1 Q1 && stats "0 1 0" && told 1 ".attempts|map(.outcome)|join(\" \")" "succeeded crashed" &&
    result a T1 Q2 && status 200 && mapped T1 Q1 && api GET queues/d && field .counts.succeeded 1'

it 'taken from one who came late, what another hands in for it is kept, and answered 200' '
    start && dataset 1 && work a T1 && clock +46m && work b T1 && result a T1 Q1 && status 200 && stats "0 1 0" && result b T1 Q2 && status 200 && mapped T1 Q1 &&
    told 1 ".attempts|map(.outcome)|join(\" \")" "succeeded superseded crashed" && told 1 ".attempts[1].late.exitcode" 0 && error b T1 x && status 200'

it 'three runners have died of it: it is parked; a result is welcome all the same' '
    start && dataset 1 && for c in a b c; do work $c T1 && clock +46m || return; done && stats "0 0 1" && told 1 .state killed && runner POST "/getWork?client=d" && refused 410 nothing_left &&
    result b T1 Q7 && status 200 && stats "0 1 0" && mapped T1 Q7 && told 1 .state succeeded'

it 'a late error changes nothing, and is kept' '
    start && dataset 1 && work a T1 && clock +46m && error a T1 gone && status 200 && stats "1 0 0" && told 1 .failures 0 && told 1 ".attempts[0].late.message" "ValueError: gone" && work b T1 && result b T1 Q1 && status 200'

it 'cancelled, given back, recovered: what comes then is kept, and changes nothing' '
    start && dataset 2 && work a T1 && work b T2 && api POST queues/d/cancel "{\"ids\":[1]}" && status 200 && result a T1 Q1 && status 200 && mapped T1 null && stats "1 0 1" &&
    api POST queues/d/recover "{\"ids\":[2]}" && status 200 && result b T2 Q2 && status 200 && mapped T2 null && stats "1 0 1" && work c T2 && result c T2 Q3 && status 200 && mapped T2 Q3'

it 'two hold a straggler: the first result wins, the second is kept' '
    start && dataset 1 && work a T1 && work b T1 && result b T1 Q1 && status 200 && result a T1 Q2 && status 200 && mapped T1 Q1 && stats "0 1 0" &&
    api GET tasks/1/result && field ".cea[0].mapped" Q1 && told 1 ".attempts[1].late.exitcode" 0'

it 'only in the last hundredth is a table held twice; else whoever finds none waits for one, and gets what comes back' '
    start && dataset 3 && work a T1 && work b T2 && work c T3 && runner_waits() { curl -s -o waits.body -w "%{http_code}" -X POST -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/getWork?client=d" >waits; } &&
    { runner_waits & } && first=$! && wait_for "curl -s $(url)/metrics | grep -q \"^docket_parked_claims 1\"" && error b T2 odd && status 200 && wait $first && is "$(cat waits)" 200 && is "$(jq -r .name waits.body)" T2 &&
    result a T1 Q1 && result c T3 Q1 && work e T2 && result d T2 Q1 && status 200 && stats "0 3 0"'

it 'while the dataset is paused getWork waits, up to 30 s; then there is nothing' '
    start && dataset 1 && docket pause d && runner_waits() { curl -s -o waits.body -w "%{http_code}" -X POST -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/getWork?client=$1" >waits; } &&
    { runner_waits a & } && first=$! && wait_for "curl -s $(url)/metrics | grep -q \"^docket_parked_claims 1\"" && clock +31s && wait $first && is "$(cat waits)" 410 &&
    { runner_waits a & } && first=$! && wait_for "curl -s $(url)/metrics | grep -q \"^docket_parked_claims 1\"" && docket resume d && wait $first && is "$(cat waits)" 200'

it 'the last table ends: those who wait for one hear it at once' '
    start && dataset 2 && docket set d --speculate off && work a T1 && work b T2 && runner_waits() { curl -s -o waits.body -w "%{http_code}" -X POST -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/getWork?client=c" >waits; } &&
    { runner_waits & } && first=$! && wait_for "curl -s $(url)/metrics | grep -q \"^docket_parked_claims 1\"" && result a T1 Q1 && result b T2 Q1 && status 200 && wait $first && is "$(cat waits)" 410'

it 'errors: tried again up to the limit, then parked; again after a rerun; a result that tells of errors counts as both' '
    start && dataset 1 && for i in 1 2 3; do work a T1 && error a T1 "no $i" && status 200 || return; done && stats "0 0 1" && told 1 .state failed && told 1 .message "ValueError: no 3" &&
    api GET tasks/1/stderr && has body "Traceback" && docket retry d && work a T1 && runner PUT "/storeResult/T1/?client=a" "{\"cea\":[],\"cta\":null,\"cpa\":[],\"errors\":\"half of it\"}" && status 200 &&
    stats "0 1 1" && docket rerun d && stats "1 0 0" && work a T1 && result a T1 Q1 && stats "0 1 0"'

it 'a table that cannot be solved is tried again after those that were not tried yet' '
    start && dataset 3 && work a T1 && error a T1 odd && status 200 && work a T2 && error a T2 odd && status 200 && work a T3 && result a T3 Q1 && work a T1 && result a T1 Q1 && work a T2 && result a T2 Q1 && stats "0 3 0"'

it 'a dataset is removed with all that it had' '
    start && dataset 3 && work a T1 && result a T1 Q1 && docket delete d --force && wait_for "api GET queues && [ \$(json \".queues|length\") = 0 ]" && runner POST "/getWork?client=a" && refused 404 no_dataset && dataset 2 && stats "2 0 0"'

it 'clients are known for a day, and no row of theirs stays longer' '
    start && dataset 3 && work a T1 && clock +23h && work b T1 && runner POST /getStats && field .clients.day 2 && field .clients.hour 1 && clock +2h && restart && runner POST /getStats && field .clients.day 1 &&
    stop && is "$(sqlite3 "$DATA/docket.db" "SELECT group_concat(name) FROM client")" b'

it 'kill -9 of the server: figures are as they were' '
    start && dataset 5 && for i in 1 2 3; do work a T$i && result a T$i Q$i && status 200 || return; done && work a T4 && error a T4 x && runner POST /getStats && jq -S "del(.times)" body >before && crash && runner POST /getStats && jq -S "del(.times)" body >after && same before after && work b T5'

done_testing
