# The face of the table work manager, byte by byte: what it hands out, what it takes, and what it says to what it does not take.
. "$(dirname "$0")/lib.sh"
. "$HERE/tables_steps.sh"

PACKAGE='{"analyze":false,"audit":true,"data":[["a","x","y","z"],["b","1","2","3"],["c","","é","\""]],"header":["a","b","c"],"name":"t1","orientation":"Horizontal","targets":{"cea":[{"col_id":0,"mapped":null,"row_id":1},{"col_id":1,"mapped":null,"row_id":1}],"cpa":[{"mapped":null,"obj_id":1,"sub_id":0}],"cta":[{"col_id":0,"mapped":null}]}}'
wrong() { # MEMBER VALUE WORDS
    result t1 c "$(echo "$EMPTY" | jq -c --argjson v "$2" ".$1 = \$v")" && refused 400 bad_field "$3"
}
mapped() { jq -nc --argjson n "$1" '{cea:[],cpa:[],cta:[{col_id:0,mapped:("Q"*$n)}],errors:[]}'; }
gzipped() { coded gzip "$@"; }
coded() { # CODING TABLE BODY
    STATUS=$(curl -s -o body -D head -w '%{http_code}' -X PUT -u "$(basic)" -H "Content-Encoding: $1" --data-binary "$3" "$(url)/storeResult/$2/?client=c")
    say "PUT $2, $1 -> $STATUS $(head -c 300 body)"
}
big() { # BYTES: a result that long
    { printf '{"cea":[],"cta":[],"cpa":[],"errors":[],"data":"'; head -c $(($1 - 50)) /dev/zero | tr '\0' x; printf '"}'; }
}
wide() { # BYTES: a line so long, without its end
    { printf '{"table":"t","data":[["'; head -c $(($1 - 41)) /dev/zero | tr '\0' x; printf '"]],"cea":[[0,0]]}\n'; }
}
records() { jq -nc --argjson n "$1" '[range($n)|{task:"CPA",step:"selection",method:"LCS",tablename:"t1",approach:"Solver",solved_cnt:2,remaining:[],remaining_cnt:0,timestamp:1}]'; }
bad() {
    printf '%s\n' "$@" >ndjson
    TYPE=application/x-ndjson api PUT queues/d/tables @ndjson
}

it 'a package: its members in order, compact, with a newline' '
    start && tables 1 && dataset d && work c && printf "%s\n" "$PACKAGE" >wanted && same wanted body && grep -qi "^content-type: application/json" head'

it 'a table without a header and without targets keeps its numbers and truths' '
    start && echo "{\"table\":\"t\",\"header\":null,\"data\":[[1,2.5,-3],[true,false,true],[\"NA\",\"\",\"x\"]]}" >lines && dataset d analyze=true audit=false && work c &&
    printf "%s\n" "{\"analyze\":true,\"audit\":false,\"data\":[[1,2.5,-3],[true,false,true],[\"NA\",\"\",\"x\"]],\"header\":[],\"name\":\"t\",\"orientation\":\"Horizontal\",\"targets\":{\"cea\":[],\"cpa\":[],\"cta\":[]}}" >wanted &&
    same wanted body && api POST /getStats && field .mappings.cea.fraction 0.0 && field .tables.total 1'

it 'what was mapped before is handed out; the oldest table first' '
    start && printf "%s\n" "{\"table\":\"b\",\"data\":[[\"x\"]],\"cea\":[[0,0,\"Q1\"]]}" "{\"table\":\"a\",\"data\":[[\"x\"]],\"cta\":[[0,null]]}" >lines && dataset d && work c &&
    field .name b && field ".targets.cea[0].mapped" Q1 && work c && field .name a && api POST /getStats && field .mappings.cea.mapped 1'

it 'a store answers 200, nothing, as HTML' '
    start && tables 2 && dataset d && work c && result t1 c && status 200 && is "$(wc -c <body)" 0 && grep -qi "^content-type: text/html; charset=utf-8" head &&
    work c && failure t2 c oops && status 200 && is "$(wc -c <body)" 0 && api POST "/audit_lst?client=c" "[]" && status 200 && is "$(wc -c <body)" 0 &&
    api GET /test && status 200 && is "$(cat body)" /test'

it 'the words of targets are taken for those of results, and numbers as text' '
    start && tables 2 && dataset d && work c && result t1 c "{\"cea\":[{\"row_id\":\"1\",\"col_id\":1,\"mapped\":\"http://www.wikidata.org/entity/Q5\",\"more\":1}],\"cpa\":[{\"sub_id\":0,\"obj_id\":1,\"mapped\":\"P1\"}],\"cta\":[{\"col_id\":0,\"mapped\":\"\"}],\"errors\":null}" &&
    status 200 && lacks head Docket-Unknown && api POST "/getDescription?table=t1" && field "[.targets.cea[].mapped]|tostring" "[null,\"Q5\"]" && field ".targets.cpa[0].mapped" P1 &&
    field ".targets.cta[0].mapped" null && work c && result t2 c "{\"cea\":[],\"cpa\":[{\"subj_id\":0,\"obj_id\":1,\"mapped\":\"P2\"}],\"cta\":[],\"errors\":\"\"}" && status 200 &&
    api POST "/getDescription?table=t2&year=2022&round=3.1" && field ".targets.cpa[0].mapped" P2'

it 'the notation of old' '
    start && tables 1 && dataset d && work c && result t1 c "{\"cea\":{\"1,0\":\"Q1\",\"1,1\":\"Q2\"},\"cpa\":[],\"cta\":{\"0\":\"Q3\"},\"errors\":[]}" && status 200 &&
    api POST /getStats && field "[.mappings[]|.mapped]|tostring" "[2,0,1]"'

it 'cells that are no targets are counted and told of' '
    start && tables 1 && dataset d && work c && result t1 c "{\"cea\":[{\"row_id\":1,\"col_id\":0,\"mapped\":\"Q1\"},{\"row_id\":9,\"col_id\":9,\"mapped\":\"Q2\"}],\"cpa\":[],\"cta\":[{\"col_id\":2,\"mapped\":\"Q3\"}],\"errors\":[]}" &&
    status 200 && grep -qi "^docket-unknown-cells: 2" head && api POST /getStats && field "[.mappings[]|.mapped]|tostring" "[1,0,0]" && api GET tasks/1 && field .message "2 of 3 mappings are of no target of the table"'

it 'who runs is named in the query, of getWork in a form, too' '
    start && tables 3 && dataset d && api POST /getWork && refused 401 no_client && lacks head WWW-Authenticate && api PUT /storeResult/t1/ "$EMPTY" && refused 401 no_client &&
    TYPE=application/x-www-form-urlencoded api POST "/getWork?client=b" "\"client=a+-+1" && status 200 && api POST "/getWork?client=" && status 200 && field .name t2 &&
    api GET "queues/d/tasks?state=running" && field ".tasks[0].worker" b; api POST "/getWork?client=$(printf %0129d 0)" && refused 400 bad_field "client"'

it 'with a slash at the end or without, at the root and below its names' '
    start && tables 6 && dataset d && me=$(command id -un) && work c && api PUT "/storeResult/t1?client=c" "$EMPTY" && status 200 && AT=/tables/d && work c && result t2 c && status 200 &&
    AT=/users/$me/tables/d && work c && result t3 c && status 200 && api POST "/tables/d/getWork/?client=c" && status 200 && field .name t4 && failure t4 c no && status 200 &&
    api POST /tables/d/getStats/ && field .tables.result 3 && api POST "/tables/e/getWork?client=c" && refused 404 queue_not_found && api POST "/users/x/tables/d/getWork?client=c" && refused 404 queue_not_found'

it 'another method is refused' 'start && tables 1 && dataset d && api GET "/getWork?client=c" && refused 405 method_not_allowed && grep -qi "^allow: POST" head && api POST "/storeResult/t1/?client=c" "{}" && refused 405 method_not_allowed'

it 'JSON that is none is refused by its place, and the lease stays open' '
    start && tables 1 && dataset d && work c && result t1 c "{\"cea\":[}" && refused 400 bad_json "line 1, column 9" && result t1 c "{\"data\":[[01]],\"cea\":[],\"cta\":[],\"cpa\":[],\"errors\":[]}" && refused 400 bad_json "line 1" &&
    api PUT "/storeResult/t1/?client=c" && refused 400 bad_json "empty" && counts running=1 d && result t1 c && status 200 && counts succeeded=1 d'

it 'what a result lacks or has wrong is named, and nothing of it is kept' '
    start && tables 1 && dataset d && work c && result t1 c "[]" && refused 400 bad_field "object" && result t1 c "{\"cea\":[],\"cpa\":[],\"cta\":[]}" && refused 400 bad_field "errors is missing" &&
    wrong cea 1 "cea must be an array" && wrong cea "[1]" "cea[0]" && wrong cea "[{\"row_id\":1,\"col_id\":0,\"mapped\":\"Q1\"},{\"row_id\":1,\"mapped\":\"Q1\"}]" "cea[1].col_id" &&
    wrong cpa "[{\"mapped\":\"P1\",\"obj_id\":1}]" "cpa[0].subj_id" && wrong cta "[{\"col_id\":1.5,\"mapped\":\"Q1\"}]" "cta[0].col_id" && wrong cta "[{\"col_id\":0,\"mapped\":[1]}]" "mapped must be text" &&
    wrong cea "{\"1;0\":\"Q1\"}" "is no place" && wrong errors "[1]" "errors[0]" && wrong errors 7 "errors must be" && wrong cta "[{\"col_id\":0,\"mapped\":\"a\\u0007b\"}]" "control" && counts running=1 d &&
    api POST /getStats && field "[.mappings[]|.mapped]|add" 0'

it 'LIMIT_MAPPED: what a cell is mapped to' '
    start && tables 2 && dataset d && work c && result t1 c "$(mapped 4097)" && refused 400 bad_field "too long" && result t1 c "$(mapped 4096)" && status 200 && api POST "/getDescription?table=t1" &&
    field ".targets.cta[0].mapped|length" 4096'

it 'of a table that is not held, or is none, 404; again, 200' '
    start && tables 2 && dataset d && work a && result t1 b && refused 404 not_held "does not hold" && result t2 a && refused 404 not_held && result t3 a && refused 404 table_not_found "t3" &&
    failure t1 b x && refused 404 not_held && api POST "/getDescription?table=x" && refused 404 table_not_found && api POST /getDescription && refused 400 bad_field && result t1 a && status 200 &&
    result t1 a && status 200 && failure t1 a late && refused 404 not_held && api POST /getStats && field .tables.result 1'

it 'nothing left' 'start && tables 1 && dataset d && work c && result t1 c && api POST "/getWork?client=c" && refused 410 nothing_left "no table of"'

it 'an error is kept as it came; its last line is the message' '
    start && tables 2 && dataset d && work c && printf "Traceback\n  File x\nValueError: <b>\351</b>\n\n" >trace && failure t1 c @trace && status 200 && api GET tasks/1 && field .state pending &&
    field ".attempts[0].outcome" failed && work c && field .name t2 || work c; failure t2 c "" && status 200'

it 'compressed bodies are taken, others refused' '
    start && tables 3 && dataset d && work c && echo "$EMPTY" | gzip >z && gzipped t1 @z && status 200 && work c && echo "not gzip" >z && gzipped t2 @z && refused 400 bad_request "not gzip" &&
    head -c 1M /dev/zero | gzip | head -c 500 >z && gzipped t2 @z && refused 400 bad_request && coded deflate t2 "$EMPTY" && refused 415 unsupported_media_type && coded identity t2 "$EMPTY" && status 200 &&
    work c && echo "ValueError: x" | gzip >z && STATUS=$(curl -s -o body -w "%{http_code}" -X PUT -u "$(basic)" -H "Content-Encoding: x-gzip" --data-binary @z "$(url)/storeError/t3/?client=c") && status 200 &&
    api GET tasks/3 && field ".attempts[0].message" "ValueError: x"'

it 'LIMIT_TABLE_RESULT: 32 MiB of a result, as it came or inflated' '
    start && tables 2 && dataset d && work c && big 33554433 >large && result t1 c @large && refused 413 too_large && gzip -1 <large >z && gzipped t1 @z && refused 413 too_large "inflates" &&
    counts "pending=1 running=1" d && big 33554432 >large && result t1 c @large && status 200 && work c && gzip -1 <large >z && gzipped t2 @z && status 200 && counts succeeded=2 d &&
    api GET tasks/2/result && status 200 && echo >>large && same large body' 240

it 'LIMIT_TABLE: 16 MiB of a table' '
    start && wide 16777217 >lines && ! dataset d && refused 413 too_large "line 2" && api GET queues/d && status 404 && wide 16777216 >lines && dataset d && work c && field ".data[0][0]|length" 16777175 &&
    jq -c ". + {cea:[],cta:[],cpa:[],errors:[]}" body >all && result t c @all && status 200' 240

it 'LIMIT_AUDIT_RECORDS: records in one request' '
    start && tables 1 && dataset d && records 10001 >r && api POST "/audit_lst?client=c" @r && refused 400 bad_field 10000 && records 10000 >r && api POST "/audit_lst?client=c" @r && status 200 &&
    api POST /getAudit && field "[.res[]|select(.methods!=[])|.task,.step,.methods]|tostring" "[\"CPA\",\"selection\",[[\"LCS\",20000]]]" && field ".res|length" 6' 120

it 'audit records are all taken or none; what is wrong is named; names are data' '
    start && tables 1 && dataset d && records 2 | jq -c ".[1].task = 5" >r && api POST "/audit_lst?client=c" @r && refused 400 bad_field "records[1].task" && records 1 | jq -c "del(.[0].step)" >r &&
    api POST "/audit_lst?client=c" @r && refused 400 bad_field "step" && records 1 | jq -c ".[0][\"x) VALUES (1); DROP TABLE audit; --\"] = 1" >r && api POST "/audit_lst?client=c" @r && refused 400 unknown_field &&
    api POST "/audit_lst?client=c" "{}" && refused 400 bad_field && api POST "/audit_lst?client=c" "[1]" && status 400 && api POST /getAudit && field "[.res[].methods[]]|length" 0 &&
    records 1 | jq -c ".[0].method = \"'\''; DROP TABLE audit; --\"" >r && api POST "/audit_lst?client=c" @r && status 200 && api POST /getAudit && field ".res[5].methods[0][0]" "'\''; DROP TABLE audit; --"'

it 'analysis is refused where it is off' '
    start && tables 1 && dataset d && api PUT "/storeAnalysisData/t1/?client=c" "{}" && refused 409 analysis_off && tables 1 && dataset e analyze=true && api PUT "/tables/e/storeAnalysisData/t1/?client=c" "{}" && status 200 &&
    api PUT "/tables/e/storeAnalysisData/t9/?client=c" "{}" && refused 404 table_not_found'

it 'right answers are described as the old manager did' '
    start && echo "{\"table\":\"t\",\"data\":[[\"x\",\"y\"]],\"cea\":[[1,0]],\"gt\":{\"cea\":[[1,0,\"http://www.wikidata.org/entity/Q12 http://www.wikidata.org/entity/Q7\"]],\"cta\":[[0,\"Q5\"]],\"cpa\":[[0,1,\"http://www.wikidata.org/prop/direct/P57\"]]}}" >lines &&
    dataset d gt=true && api POST "/getDescription?table=t" && field ".gt|tostring" "{\"cea\":[{\"mapped\":\"Q7\",\"row_id\":\"1\",\"col_id\":\"0\"}],\"cpa\":[{\"mapped\":\"Q57\",\"subj_id\":\"0\",\"obj_id\":\"1\"}],\"cta\":[{\"mapped\":\"Q5\",\"col_id\":\"0\"}]}" &&
    work c && field .gt null'

it 'the figures, member by member' '
    start && tables 2 && dataset d && work c && clock +90s && result t1 c && status 200 && api POST /getStats &&
    field ".|tojson" "{\"clients\":{\"day\":1,\"hour\":1,\"minute\":1,\"quarter\":1},\"files\":{\"errors\":false,\"results\":true},\"hasEvaluation\":false,\"mappings\":{\"cea\":{\"fraction\":\"0.0\",\"mapped\":0,\"total\":4},\"cpa\":{\"fraction\":\"0.0\",\"mapped\":0,\"total\":2},\"cta\":{\"fraction\":\"0.0\",\"mapped\":0,\"total\":2}},\"tables\":{\"error\":0,\"result\":1,\"total\":2,\"unfinished\":1},\"times\":{\"error\":null,\"remaining\":\"$(json .times.remaining)\",\"result\":\"$(json .times.result)\"}}" &&
    json .times.result | grep -qx "1 minute 30 seconds" && clock +61s && api POST /getStats && field .clients.minute 0 && field .clients.quarter 1 && clock +1d && api POST /getStats && field .clients.day 0'

it 'an import that is not whole, or not right, leaves nothing' '
    start && tables 2 && bad "{\"dataset\":{}}" "$(head -1 lines)" && refused 400 bad_line "before its last line" && bad "{\"dataset\":{}}" "$(head -1 lines)" "{\"end\":{\"tables\":2}}" && refused 400 bad_field "line 3" &&
    bad "{\"dataset\":{}}" "$(head -1 lines)" "$(head -1 lines)" "{\"end\":{\"tables\":2}}" && refused 400 bad_field "has come already" && bad "{\"x\":1}" && status 400 && bad "{\"dataset\":{\"order\":\"up\"}}" && refused 400 bad_field "line 1: order" &&
    bad "{\"dataset\":{}}" "{\"table\":\"../x\",\"data\":[]}" && refused 400 bad_name "line 2" && bad "{\"dataset\":{}}" "{\"table\":\"x\",\"data\":[[1],[1,2]]}" && refused 400 bad_field "data[1]" &&
    api GET queues && field ".queues|length" 0 && dataset d && ! dataset d && refused 409 queue_exists'

done_testing
