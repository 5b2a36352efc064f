# Steering a dataset: what the API tells of it and changes, and the verbs.
. "$(dirname "$0")/lib.sh"

# dataset [NAME [OPTIONS]]: three tables: T1 with two cells, a column and a pair; T2 and T3 with a cell each. OPTIONS: of its first line.
dataset() {
    cat >lines <<EOF
{"dataset":{"order":"col-row"${2:+,$2}}}
{"table":"T1","header":["a","b"],"data":[["a","x"],["b","y"]],"cea":[[1,0],[1,1]],"cta":[[0]],"cpa":[[0,1]]}
{"table":"T2","header":["a"],"data":[["a","x"]],"cea":[[1,0]]}
{"table":"T3","header":["a"],"data":[["a","x"]],"cea":[[1,0]],"cta":[[0]]}
{"end":{"tables":3}}
EOF
    TYPE=application/x-ndjson api PUT "queues/${1:-d}/tables" @lines && status 201
}

# many N: a dataset d of N tables t1 … tN with a cell each; all_end: every one of them ends, with nothing mapped.
many() {
    jq -nc --argjson n "$1" '{dataset:{}}, (range(1;$n+1)|{table:"t\(.)",data:[["a","x"]],cea:[[1,0]]}), {end:{tables:$n}}' >lines &&
        TYPE=application/x-ndjson api PUT queues/d/tables @lines && status 201
}
all_end() {
    api POST queues/d/claim worker=w max=1000 && status 200 || return
    [ "$(json '.tasks|length')" != 0 ] || return 0
    json '{worker:"w",results:[.tasks[]|{lease,exitcode:0}]}' >ends && api POST queues/d/finish @ends && status 200 && all_end
}

# work TABLE [CLIENT]: that table is handed out. mapped TABLE CEA [MORE]: its result; CEA: cells as ROW,COL=VALUE. broken TABLE TEXT: its error.
work() { api POST "/tables/d/getWork?client=${2:-r}" '{}' && status 200 && field .name "$1"; }
mapped() {
    table=$1 cells=
    for cell in $2; do
        place=${cell%%=*}
        cells="$cells,{\"row_id\":${place%,*},\"col_id\":${place#*,},\"mapped\":\"${cell#*=}\"}"
    done
    api PUT "/tables/d/storeResult/$table/?client=r" "{\"cea\":[${cells#,}],\"cta\":[${3:-}],\"cpa\":[],\"errors\":${4:-null}}" && status 200
}
broken() { printf '%s' "$2" >error && api PUT "/tables/d/storeError/$1/?client=r" @error && status 200; }

# worked: T1 has a result, with one of its cells mapped and its column; T2 has failed; T3 nobody has begun.
worked() {
    start && dataset && api PUT queues/d max_attempts=1 && status 200 && work T1 && clock +10s &&
        mapped T1 1,0=http://www.wikidata.org/entity/Q1 "{\"col_id\":0,\"mapped\":\"Q5\"}" && work T2 && clock +4s && broken T2 "Traceback
KeyError: 7"
}
names() { api GET "queues/d/tables$1" && status 200 && field "[.tables[].table]|join(\" \")" "$2"; }

it 'a dataset tells how far it is' '
    worked && api GET queues/d/dataset && status 200 && field .queue d && field .order col-row && field .default false &&
    field .tables "$(printf "{\n  \"total\": 3,\n  \"unfinished\": 1,\n  \"result\": 1,\n  \"error\": 1\n}")" &&
    field "[.mappings.cea.mapped,.mappings.cea.total,.mappings.cta.mapped,.mappings.cta.total,.mappings.cpa.mapped,.mappings.cpa.total]|@csv" "1,4,1,2,0,1" &&
    field ".seconds.result >= 10 and .seconds.result < 60" true && field ".seconds.error >= 4 and .seconds.error < 60" true && field .clients.minute 1 && cp body one &&
    dataset e && api GET datasets && status 200 && field "[.datasets[].queue]|join(\" \")" "d e" && field .next null &&
    api GET "datasets?limit=1" && field "[.datasets[].queue]|join(\" \")" d && api GET "datasets?limit=1&after=$(json .next)" && field ".datasets[0].queue" e'

it 'a queue says whether it holds tables' '
    worked && make_queue q && api GET queues/q && field .kind tasks && api GET queues/d && field .kind tables &&
    api GET queues/q/dataset && refused 409 not_a_dataset && api GET queues/none/dataset && refused 404 queue_not_found &&
    restart && api GET queues/d && field .kind tables'

it 'tables are listed a page at a time, and by what is missing' '
    worked && names "" "T1 T2 T3" && field ".tables[0].coverage.cea.mapped" 1 && field ".tables[0].error" false &&
    field ".tables[1].state" failed && field ".tables[1].error" true && field ".tables[1].message" "KeyError: 7" && field .next null &&
    names "?limit=2" "T1 T2" && names "?limit=2&after=$(json .next)" T3 && field .next null &&
    names "?errors=1" T2 && names "?missing=part" "T1 T2" && names "?missing=all" T2 && names "?missing=all&of=cta" "" &&
    names "?missing=part&of=cpa" T1 && names "?missing=part&of=CTA" "" && names "?missing=part&limit=1" T1 &&
    names "?missing=part&limit=1&after=$(json .next)" T2 && names "?missing=part&limit=1&after=$(json .next)" "" && field .next null'

it 'a filter of tables that cannot be is refused by name' '
    worked && api GET "queues/d/tables?missing=some" && refused 400 bad_field "missing must be all or part" &&
    api GET "queues/d/tables?missing=all&of=cxa" && refused 400 bad_field "of must be" && api GET "queues/d/tables?errors=2" &&
    refused 400 bad_field "errors must be" && api GET "queues/d/tables?errors=1&missing=all" && refused 400 bad_field "do not go together" &&
    api GET "queues/d/tables?after=x" && refused 400 bad_field after && api GET "queues/d/tables?state=failed" && refused 400 unknown_field'

it 'one table, and the newest error that was handed in for it' '
    worked && api GET queues/d/tables/T2 && status 200 && field .attempt_count 1 && api GET queues/d/tables/T2/error && status 200 &&
    printf "Traceback\nKeyError: 7" >wanted && same body wanted && grep -qi "^content-type: text/plain; charset=utf-8" head &&
    api GET queues/d/tables/T1/error && refused 404 output_not_found "it is succeeded" && api GET queues/d/tables/T9/error &&
    refused 404 table_not_found && api GET queues/d/tables/T9 && refused 404 table_not_found'

it 'errors of a result are an error of its table, and a later one takes its place' '
    start && dataset && work T1 && mapped T1 1,0=Q1 "" "[\"no candidates\",\"no type\"]" && names "?errors=1" "" && api GET queues/d/tables/T1 &&
    field .error true && field .state succeeded && api GET queues/d/tables/T1/error && status 200 && has body "no candidates" && has body "no type" &&
    api POST queues/d/reset tables="[\"T1\"]" && status 200 && work T1 && broken T1 second && api GET queues/d/tables/T1/error && is "$(cat body)" second'

it 'tables are reset by what is missing: only those that ended, and what they have is kept' '
    worked && work T3 && api POST queues/d/reset errors=true && status 200 && field .changed 1 && api GET queues/d/tables/T2 && field .state pending &&
    api GET queues/d/tables/T1 && field .state succeeded && api POST queues/d/reset missing=part && field .changed 1 && api GET queues/d/tables/T1 &&
    field .state pending && field .coverage.cea.mapped 1 && field .attempt_count 1 && api GET queues/d/tables/T3 && field .state running &&
    api POST queues/d/reset missing=part && field .changed 0 && api GET "journal?queue=d" && field ".entries[0].action" reset &&
    field ".entries[0].detail" "cea missing part, 0 changed" && field ".entries[2].detail" "without a result, 1 changed" && field ".entries[0].actor" "$(command id -un)"'

it 'tables are reset by name, all of them or none' '
    worked && api POST queues/d/reset tables="[\"T1\",\"T9\"]" && refused 404 table_not_found T9 && api GET queues/d/tables/T1 && field .state succeeded &&
    api POST queues/d/reset tables="[\"T1\",\"T2\",\"T3\",\"T1\"]" && status 200 && field .changed 2 && names "?errors=1" ""'

it 'a reset says one thing, and one that can be' '
    worked && api POST queues/d/reset "{}" && refused 400 bad_field "one of errors" && api POST queues/d/reset "{\"errors\":true,\"missing\":\"all\"}" &&
    refused 400 bad_field "one of errors" && api POST queues/d/reset "{\"errors\":true,\"of\":\"cta\"}" && refused 400 bad_field "of goes with" &&
    api POST queues/d/reset missing=most && refused 400 bad_field missing && api POST queues/d/reset tables="[1]" && refused 400 bad_field "tables[0]" &&
    jq -nc "{tables:[range(1001)|\"t\\(.)\"]}" >names && api POST queues/d/reset @names && refused 413 too_large "at most 1000" && make_queue q &&
    api POST queues/q/reset errors=true && refused 409 not_a_dataset && names "?errors=1" T2'

it 'a reset of many is worked off in slices, also after a crash' '
    start && many 2600 && all_end && counts succeeded=2600 d && api POST queues/d/reset missing=all && status 202 && crash &&
    wait_for "counts pending=2600 d" && api GET "journal?queue=d&limit=1" && field ".entries[0].action" reset && lacks body "1000 changed"' 180

it 'other content for a table takes the place of the old, and it is worked on again' '
    worked && api PUT queues/d/tables/T1 "{\"header\":[\"c\"],\"data\":[[\"c\",\"new\"]]}" && status 200 && field .state pending && field .coverage.cea.mapped 1 &&
    api POST "/tables/d/getDescription?table=T1" "{}" && field ".data[0][1]" new && field ".header[0]" c && field .name T1 &&
    api GET "journal?limit=1" && field ".entries[0].action" "replace table" && field ".entries[0].detail" T1'

it 'content that is none, or too much (LIMIT_TABLE), is refused, and so is any while the table is held' '
    worked && api PUT queues/d/tables/T1 "{\"data\":[[\"a\"],[]]}" && refused 400 bad_field "data[1]" && api PUT queues/d/tables/T1 "{\"header\":[]}" &&
    refused 400 bad_field data && api PUT queues/d/tables/T1 "{\"data\":[[{}]]}" && refused 400 bad_field "data[0][0]" && api PUT queues/d/tables/T1 "{" && refused 400 bad_json &&
    api PUT queues/d/tables/T9 "{\"data\":[]}" && refused 404 table_not_found && work T3 && api PUT queues/d/tables/T3 "{\"data\":[]}" && refused 409 task_state "holds the table" &&
    { printf "{\"data\":[[\""; head -c 17000000 /dev/zero | tr "\\0" x; printf "\"]]}"; } >long && api PUT queues/d/tables/T1 @long && refused 413 too_large && api GET queues/d/tables/T1 && field .state succeeded'

it 'settings are changed one by one, and the journal tells' '
    start && dataset && api PATCH queues/d/dataset order=row-col add_prefix=true && status 200 && field .order row-col && field .add_prefix true && field .open false &&
    api PATCH queues/d/dataset "{\"open\":true,\"audit\":false,\"analyze\":true,\"prefix\":\"x:\"}" && field "[.open,.audit,.analyze,.prefix]|@csv" "true,false,true,\"x:\"" &&
    restart && api GET queues/d/dataset && field "[.order,.add_prefix,.open,.audit,.analyze,.prefix]|@csv" "\"row-col\",true,true,false,true,\"x:\"" &&
    api GET "journal?queue=d" && has body "order row-col, add_prefix on" && api PATCH queues/d/dataset order=col && refused 400 bad_field "order must be" &&
    api PATCH queues/d/dataset "{\"prefix\":\"a\\nb\"}" && refused 400 bad_field prefix && api PATCH queues/d/dataset default=false && refused 400 bad_field "default must be true"'

it 'one dataset is the default, and admins say which' '
    start && dataset && dataset e && api POST /getStats "{}" && refused 409 several_datasets && api PATCH queues/e/dataset default=true && status 200 && field .default true &&
    api POST /getStats "{}" && status 200 && api PATCH queues/d/dataset default=true && field .default true && api GET queues/e/dataset && field .default false &&
    printf "%s\n" secret-of-eve >pw && docket user add eve --password-file pw && docket token create --user eve && AUTH="Bearer $(cat out)" && dataset f &&
    api PATCH queues/f/dataset default=true && refused 403 forbidden && api GET queues/d/dataset && refused 404 queue_not_found && api GET datasets && field "[.datasets[].queue]|join(\" \")" f'

it 'audit records are summed up, and told one by one' '
    start && dataset && record="{\"task\":\"CEA\",\"step\":\"creation\",\"method\":\"default\",\"tablename\":\"T1\",\"approach\":\"Solver\",\"solved_cnt\":3,\"remaining\":[{\"x\":1}],\"remaining_cnt\":1,\"timestamp\":\"then\"}" &&
    api POST "/tables/d/audit_lst" "[$record,$record,$record]" && status 200 && api GET queues/d/audit && status 200 && field ".res|length" 6 && field ".res[0].methods[0]|@csv" "\"default\",9" &&
    api GET "queues/d/audit?records=1&limit=2" && field ".records|length" 2 && field ".records[0].remaining[0].x" 1 && field ".records[0].timestamp" then &&
    api GET "queues/d/audit?records=1&after=$(json .next)" && field ".records|length" 1 && field .next null && api GET "queues/d/audit?records=2" && refused 400 bad_field records'

it 'tables list and show tell how far datasets are' '
    worked && make_queue q && docket tables list && grep -Eq "^$(command id -un)/d +active +3 +1 +1 +1 +25.0 % +50.0 % +0.0 %$" out && docket tables show d && has out "/d, active" &&
    has out "tables    3, 1 with a result, 1 with errors, 1 left" && has out "mapped    cea  [=======>                      ]  25.0 %  1 of 4" &&
    has out "          cpa  [>                             ]   0.0 %  0 of 1" && has out "clients   1 in the last minute" && grep -Eq "^times     [1-5][0-9] s to a result, [0-9]+ s to an error$" out &&
    has out "settings  order col-row, audit on, analysis off, prefix http" && has out "1 × exit 1" && has out "first: task 2  T2" && lacks out orientation &&
    docket tables show d --json && each ".[0].mappings.cea.mapped" | grep -qx 1 && each ".[0].failures.failed" | grep -qx 1 && docket tables list --json && each ".[0].queue" | grep -qx d &&
    docket list && grep -q "^d .* tables$" out && grep "^q " out >plain && lacks plain tables && docket show d && has out "docket tables show" && docket show q && lacks out "docket tables"'

it 'no dataset, and what is none, are told apart' '
    server && docket tables list && has out "docket tables import" && exits 1 docket tables show q && has err "holds no tables" && exits 3 docket tables show none &&
    exits 2 docket tables show && has err "which queue?" && exits 2 docket tables shew d && has err "did you mean docket tables show"'

it 'tables missing names those that lack the most' '
    start && many 12 && dataset e && all_end && docket tables missing d && has out "cea: 12 tables lack some, 12 of them all" && has out "  and 2 more: --all" && has out "cta: nothing is missing" &&
    lines out 14 && docket tables missing d --all && lines out 15 && lacks out more && docket tables missing d --json && is "$(each length)" 12 &&
    docket tables missing e && is "$(cat out)" "$(printf "%s: nothing is missing\n" cea cta cpa)"'

it 'tables audit, error, set and default' '
    worked && docket tables audit d && has out "no runner has told" && api POST /tables/d/audit_lst "[{\"task\":\"CTA\",\"step\":\"selection\",\"method\":\"LCS\",\"tablename\":\"T1\",\"approach\":\"a\",\"solved_cnt\":1234,\"remaining\":[],\"remaining_cnt\":0,\"timestamp\":\"x\"}]" &&
    docket tables audit d && printf "CTA selection\n         1,234  LCS\n" >wanted && same out wanted && docket tables audit d --json && is "$(each ".[0].res|length")" 6 &&
    docket tables error d T2 && printf "Traceback\nKeyError: 7" >wanted && same out wanted && docket tables error d T2 --json && is "$(each ".[0].error|length")" 21 &&
    exits 3 docket tables error d T9 && exits 3 docket tables error d T1 && has err "no error was handed in" && exits 2 docket tables error d &&
    docket tables set d --order row-col --open on --audit off --add-prefix on --prefix x: && is "$(cat out)" "d: order row-col, audit off, analysis off, open to runners without an account, prefix x: (put before what is exported)" &&
    docket tables set d && has out "order row-col" && exits 2 docket tables set d --open maybe && exits 2 docket tables set d --order cols && docket tables set d --analyze on --json && is "$(each ".[0].analyze")" true &&
    dataset e && docket tables default e && is "$(cat out)" "e is the default" && docket tables list && grep -q "/e\* " out && docket tables show e && has out "the default"'

it 'tables reset: a dry run says which, the real one does it' '
    worked && docket tables reset d --errors --dry-run && is "$(cat out)" T2 && has err "1 table would be" && docket tables reset d --missing part --dry-run && is "$(tr "\n" " " <out)" "T1 T2 " &&
    docket tables reset d --missing all --of cta --dry-run && is "$(cat out)" "" && has err "0 tables would be" && names "?errors=1" T2 && docket tables reset d --missing part --of cpa && has out "1 table will be" &&
    docket tables reset d --errors --json && is "$(each ".[0].changed")" 1 && docket tables reset d --errors && has out "0 tables" && counts pending=3 d &&
    docket journal d && is "$(grep -c " reset " out)" 3 && exits 2 docket tables reset d && has err "which tables?" && exits 2 docket tables reset d --errors --missing all &&
    exits 2 docket tables reset d --errors --of cta && exits 1 docket tables reset d --missing most && has err "missing must be"'

it 'tables reset --tables: files take the place of what is in tables' '
    worked && work T3 && mkdir mended && printf "\357\273\277c,d\r\n\"new, \"\"x\"\"\",2\r\n" >mended/T1.csv && printf "a\n" >mended/T3.csv && printf "a\n" >mended/T9.csv && printf "a\n" >mended/notes.txt &&
    exits 1 docket tables reset d --tables mended --dry-run && is "$(tr "\n" " " <out)" "T1 T3 " && has err "T9 is no table" && api GET queues/d/tables/T1 && field .state succeeded &&
    exits 1 docket tables reset d --tables mended && is "$(cat out)" "1 table: other content, to be worked on again" && has err "T9 is no table" && has err "T3 is held" && api GET queues/d/tables/T1 && field .state pending &&
    api POST "/tables/d/getDescription?table=T1" "{}" && field ".header|@csv" "\"c\",\"d\"" && field ".data[0][1]" "new, \"x\"" && field ".data[1][1]|type" string &&
    rm mended/T9.csv mended/T3.csv && docket tables reset d --tables mended --json && is "$(each ".[0].replaced[0]")" T1 && docket journal d && has out "replace table" &&
    exits 2 docket tables reset d --tables none && exits 2 docket tables reset d --tables mended --errors && api GET queues/d/tables/T3 && field .state running'

it 'a table without a row of names keeps its numbers' '
    start && printf "%s\n" "{\"dataset\":{}}" "{\"table\":\"T1\",\"data\":[[1,2]],\"cea\":[[0,0]]}" "{\"end\":{\"tables\":1}}" >lines && TYPE=application/x-ndjson api PUT queues/d/tables @lines && status 201 &&
    mkdir mended && printf "3\n4\n" >mended/T1.csv && docket tables reset d --tables mended && api POST "/tables/d/getDescription?table=T1" "{}" && field ".data[0][1]" 4 && field ".data[0][1]|type" number && field ".header|length" 0'

it 'names of tables and errors are data: nothing of them reaches a terminal raw' '
    start && jq -nc "{dataset:{}}, {table:\"a\u202eb<i>\",data:[[\"x\"]],cea:[[0,0]]}, {end:{tables:1}}" >lines && TYPE=application/x-ndjson api PUT queues/d/tables @lines && status 201 &&
    api PUT queues/d max_attempts=1 && api POST "/tables/d/getWork?client=r" "{}" && printf "bad \033[31mred" >error && api PUT "/tables/d/storeError/a%E2%80%AEb%3Ci%3E?client=r" @error && status 200 &&
    docket tables show d && not grep -q "$(printf "\033")" out && not grep -q "$(printf "\342\200\256")" out && docket tables missing d && not grep -q "$(printf "\342\200\256")" out &&
    docket tables reset d --errors --dry-run && not grep -q "$(printf "\342\200\256")" out'

done_testing
