# A small dataset from its import to the end, with every figure and every byte that comes out of it held against what was worked out by
# hand. Of its six tables T1, T2, T3 and "T ü" get a result (T1 with errors beside it, "T ü" without any mapping), T4 is held, T5 fails.
. "$(dirname "$0")/lib.sh"

WD=http://www.wikidata.org

# import_lines NAME <LINES
import_lines() {
    curl -s -o body -w '%{http_code}' -X PUT -H "Authorization: Bearer $(cat "$DATA/token")" -H 'Content-Type: application/x-ndjson' \
        --data-binary @- "$(url)/api/v1/queues/$1/tables" >code && is "$(cat code)" 201
}

# small [ORDER]: the dataset d.
small() {
    cat >lines <<END
{"dataset":{"order":"${1:-col-row}","analyze":true,"solution":true}}
{"table":"T1","header":["a","b"],"data":[["a","x","y"],["b","1","2"]],"cea":[[1,0],[1,1],[2,0],[2,1]],"cta":[[0],[1]],"cpa":[[0,1]],"solution":{"cea":[[0,0,"$WD/entity/Q9"],[1,0,"$WD/entity/Q1"],[1,1,"$WD/entity/Q2,$WD/entity/Q22"],[2,0,"$WD/entity/Q3"]],"cta":[[0,"$WD/entity/Q100"],[1,"$WD/entity/Q101"]],"cpa":[[0,1,"$WD/prop/direct/P57"]]}}
{"table":"T2","header":["a"],"data":[["a","x","y"]],"cea":[[1,0],[2,0]],"cta":[[0]],"solution":{"cea":[[1,0,"$WD/entity/Q4"],[2,0,"$WD/entity/Q5"]]}}
{"table":"T3","header":["a","b"],"data":[["a","x","y"],["b","1","2"]],"cea":[[1,0],[1,1],[2,0]],"cta":[[0]]}
{"table":"T4","header":["a"],"data":[["a","x"]],"cea":[[1,0]],"solution":{"cea":[[1,0,"$WD/entity/Q7"]]}}
{"table":"T ü","header":null,"data":[["x"]],"cea":[[0,0]],"solution":{"cea":[[0,0,"http://dbpedia.org/resource/X"]]}}
{"table":"T5","header":["a","b"],"data":[["a","x","y"],["b","1","2"]],"cea":[[1,0],[2,0]],"cta":[[1]],"solution":{"cea":[[1,0,"$WD/entity/Q8"]],"cta":[[1,"$WD/entity/Q102"]]}}
{"end":{"tables":6,"unknown":{"cea":2,"cpa":1}}}
END
    import_lines d <lines && is "$(jq -c '[.tables,.targets.cea,.targets.cta,.targets.cpa,.repeated]' body)" '[6,13,5,1,0]'
}

# runner METHOD PATH [BODY]: of a client with the owner's token; the answer is in body and STATUS.
runner() {
    STATUS=$(curl -s -o body -D head -w '%{http_code}' -X "$1" -H "Authorization: Bearer $(cat "$DATA/token")" ${3+--data-binary "$3"} "$(url)$2")
    say "$1 $2 -> $STATUS $(head -c 200 body | tr -d '\000')"
}
work() { runner POST "/getWork?client=$1" && status 200 && field .name "$2"; }
stored() { clock +20s && runner PUT "/$1/$3/?client=$2" "$4" && status 200; } # storeResult|storeError CLIENT TABLE BODY

R1='{"cea":[{"row_id":1,"col_id":0,"mapped":"'$WD'/entity/Q1"},{"row_id":1,"col_id":1,"mapped":"Q22"},{"row_id":2,"col_id":0,"mapped":"Q33"},{"row_id":2,"col_id":1,"mapped":"Q44"}],
"cta":[{"col_id":0,"mapped":"'$WD'/wiki/Q100"},{"col_id":1,"mapped":""}],"cpa":[{"subj_id":0,"obj_id":1,"mapped":"P58"}],"errors":["one","two"]}'
R2='{"cea":{"1,0":"'$WD'/entity/Q4","2,0":null},"cta":{"0":"Q5"},"cpa":[],"errors":[]}'
R3='{"cea":[{"row_id":1,"col_id":0,"mapped":"Q6"}],"cta":[{"col_id":0,"mapped":"Q66"}],"cpa":[],"errors":null}'
R4='{"cea":[{"row_id":5,"col_id":5,"mapped":"Q1"}],"cta":[],"cpa":[],"errors":""}'

# annotated: all of it, 140 s of the server's clock; and 10 s more.
annotated() {
    work c1 T1 && stored storeResult c1 T1 "$R1" && work c2 T2 && stored storeResult c2 T2 "$R2" && work c3 T3 && stored storeResult c3 T3 "$R3" &&
        work c4 T4 && work c5 'T ü' && stored storeResult c5 T%20%C3%BC "$R4" && grep -qi '^Docket-Unknown-Cells: 1' head &&
        for n in 1 2 3; do work c6 T5 && stored storeError c6 T5 "no $n
at all" || return; done && clock +10s
}

analysed() {
    runner PUT /storeAnalysisData/T1 '{"cea":[{"label":"a","state":[{"row_id":1,"col_id":0,"cand":["Q1","Q5"]},{"row_id":1,"col_id":1,"cand":["Q7"]},{"row_id":2,"col_id":0,"cand":[]}]}],"cta":[{"label":"a","state":[{"col_id":0,"cand":["'$WD'/entity/Q100"]}]}],"cpa":[{"label":"a","state":[{"subj_id":0,"obj_id":1,"cand":["P57"]}]}]}

{"cea":[{"label":"b","state":[{"row_id":2,"col_id":0,"cand":["Q3"]},{"row_id":9,"col_id":9,"cand":["Q1"]}]}],"cta":[],"cpa":[]}' && status 200 &&
        runner PUT /storeAnalysisData/T2/ '{"cea":[{"label":"a","state":[{"row_id":1,"col_id":0,"cand":["Q0"]}]}]}
' && status 200 && runner PUT /storeAnalysisData/T5 'no JSON' && status 200
}

AUDIT='[{"task":"CEA","step":"creation","method":"default","tablename":"T1","approach":"Solver","solved_cnt":3,"remaining":[1],"remaining_cnt":1,"timestamp":1},
{"task":"CEA","step":"creation","method":"LCS","tablename":"T1","approach":"Solver","solved_cnt":6,"remaining":[],"remaining_cnt":0,"timestamp":"2"},
{"task":"CEA","step":"creation","method":"default","tablename":"T2","approach":"Solver","solved_cnt":4,"remaining":[],"remaining_cnt":0,"timestamp":3},
{"task":"CPA","step":"selection","method":"popularity","tablename":"T2","approach":"Solver","solved_cnt":1,"remaining":{},"remaining_cnt":0,"timestamp":4}]'

# told PATH-OF-THE-FACE NATIVE-PATH <JSON: both say that.
told() {
    jq -S . >expected && runner POST "$1" && status 200 && jq -S . body >got && same got expected &&
        api GET "queues/d/$2" && status 200 && jq -S . body >got && same got expected
}

# saved PATH FILE TYPE: what is there, and its name and type.
saved() {
    runner GET "$1" && status 200 && tr -d '\r' <head >plain && has plain "Content-Disposition: attachment; filename=$2" && has plain "Content-Type: $3" &&
        cp body "$2"
}
csv() { saved "$1" "$2" text/csv && same "$2" expected; }

# packed ZIP: SIZE NAME of each of its files, which must be whole; they come into the directory of its name.
packed() {
    python3 - "$1" <<'END'
import pathlib, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
out = pathlib.Path(sys.argv[1].split('.')[0])
out.mkdir(exist_ok=True)
for n, name in enumerate(z.namelist()):
    (out / str(n)).write_bytes(z.read(name))
    print(name)
END
}

# stamp TASK N: the first part of a file's name, to the millisecond, where the server's clock is six and a half hours ahead: of an attempt.
stamp() {
    api GET "tasks/$1" && TZ=IST-6:30 date -d "$(jq -r ".attempts[$2] | .late.at // .finished" body)" +%Y_%m_%dT%H_%M_%S_%3N
}

it 'getStats' '
    start && small && annotated && runner POST /getStats && status 200 && jq -S . body >got && jq -S . >expected <<END && same got expected
{"clients":{"minute":1,"quarter":6,"hour":6,"day":6},"files":{"results":true,"errors":true},"hasEvaluation":true,
 "mappings":{"cea":{"mapped":6,"total":13,"fraction":"46.15"},"cta":{"mapped":3,"total":5,"fraction":"60.0"},"cpa":{"mapped":1,"total":1,"fraction":"100.0"}},
 "tables":{"total":6,"unfinished":1,"result":4,"error":2},"times":{"result":"20 seconds","error":"20 seconds","remaining":"3 seconds"}}
END
'

it 'getMissingMappings: without any, and the most; tables without a result, or targets, lack nothing' '
    start && small && annotated && told /getMissingMappings missing <<END &&
{"cea":{"missingAll":[{"table_name":"T ü"}],"missingPart":[{"table_name":"T3","total":3,"done":1,"missing":2},{"table_name":"T2","total":2,"done":1,"missing":1}]},
 "cta":{"missingAll":[],"missingPart":[{"table_name":"T1","total":2,"done":1,"missing":1}]},"cpa":{"missingAll":[],"missingPart":[]}}
END
    api GET "queues/d/missing?limit=1" && status 200 && is "$(jq -c "[.cea.missingPart[].table_name]" body)" "[\"T3\"]" &&
    api GET "queues/d/missing?limit=0" && refused 400 bad_field && api GET "queues/d/missing?limit=1001" && refused 400 bad_field && api GET "queues/d/missing?most=1" && refused 400 unknown_field'

it 'getAudit: six of them, the most solved first' '
    start && small && runner POST "/audit_lst?client=c1" "$AUDIT" && status 200 && told /getAudit audit <<END &&
{"res":[{"task":"CEA","step":"creation","methods":[["default",7],["LCS",6]]},{"task":"CEA","step":"selection","methods":[]},{"task":"CTA","step":"creation","methods":[]},
{"task":"CTA","step":"selection","methods":[]},{"task":"CPA","step":"creation","methods":[]},{"task":"CPA","step":"selection","methods":[["popularity",1]]}]}
END
    api GET "queues/d/audit?x=1" && refused 400 unknown_field'

it 'getEvaluation; precision, recall and F1' '
    start && small && annotated && runner POST /getEvaluation && status 200 && jq -S . body >got && jq -S . >expected <<END && same got expected &&
{"cea":{"missingSolutions":1,"missingSubmissions":4,"superfluousMappings":1,"missingMappings":2,"correctMappings":3,"incorrectMappings":1},
 "cta":{"missingSolutions":3,"missingSubmissions":1,"superfluousMappings":0,"missingMappings":1,"correctMappings":1,"incorrectMappings":0},
 "cpa":{"missingSolutions":3,"missingSubmissions":1,"superfluousMappings":0,"missingMappings":0,"correctMappings":0,"incorrectMappings":1}}
END
    api GET queues/d/evaluation && status 200 && jq -S "map_values(del(.precision,.recall,.f1))" body >got && same got expected &&
    is "$(jq -c "[.cea,.cta,.cpa]|map([.precision,.recall,.f1|if . then .*1000|round else . end])" body)" "[[750,375,500],[1000,333,500],[0,0,null]]" &&
    runner POST /tables/d/getEvaluation/ && status 200'

it 'ids are compared however an address is spelled; without a solution there is nothing' '
    start && import_lines e <<END && work c1 A && runner PUT "/storeResult/A/?client=c1" "$(jq -nc "{cea:([\"https://WikiData.org/wiki/Q1\",\"wikidata.org:Q2\",\"q3\",\"http://x/Q4\",\"$WD/entity/Q5#a\",\"$WD/entity/L6\",\"P7\"]|to_entries|map({row_id:(.key+1),col_id:0,mapped:.value})),cta:[],cpa:[],errors:[]}")" && status 200 &&
{"dataset":{"solution":true,"prefix":""}}
{"table":"A","data":[["a","1","2","3","4","5","6","7"]],"cea":[[1,0],[2,0],[3,0],[4,0],[5,0],[6,0],[7,0]],"solution":{"cea":[[1,0,"Q1"],[2,0,"$WD/entity/Q2"],[3,0,"$WD/entity/Q3"],[4,0,"$WD/entity/Q4"],[5,0,"$WD/prop/Q0/Q5"],[6,0,"$WD/wiki/Lexeme:L6"],[7,0,"$WD/wiki/Property:P77,$WD/wiki/Property:P7"]]}}
{"end":{"tables":1}}
END
    runner POST /getEvaluation && is "$(jq -c "[.cea.correctMappings,.cea.incorrectMappings]" body)" "[5,2]" && import_lines f <<END && api GET queues/f/evaluation && is "$(cat body)" "{}" &&
{"dataset":{}}
{"end":{"tables":0}}
END
    runner POST /tables/f/getEvaluation && is "$(cat body)" "{}" && runner POST /tables/f/getAnalysis && is "$(cat body)" "{}" && api GET queues/f/analysis && is "$(cat body)" "{}" &&
    api PUT queues/plain "{}" && api GET queues/plain/evaluation && refused 409 not_a_dataset && api GET queues/none/evaluation && refused 404 queue_not_found'

it 'getAnalysis: candidates, by label; what cannot be read says where' '
    start && small && analysed && told /getAnalysis analysis <<END
{"cea":{"tables":[{"table":"T1","stats":{"a":{"missing":1,"correct":1,"incorrect":1,"total":3},"b":{"missing":2,"correct":1,"incorrect":0,"total":3}}},
{"table":"T2","stats":{"a":{"missing":1,"correct":0,"incorrect":1,"total":2}}},{"table":"T5","stats":{},"wrong":"line 1: the JSON is not valid at line 1, column 2: invalid token near '\''no'\''"}],
"agg":{"a":{"missing":2,"correct":1,"incorrect":2,"total":5},"b":{"missing":2,"correct":1,"incorrect":0,"total":3}}},
"cta":{"tables":[{"table":"T1","stats":{"a":{"missing":1,"correct":1,"incorrect":0,"total":2}}},{"table":"T5","stats":{},"wrong":"line 1: the JSON is not valid at line 1, column 2: invalid token near '\''no'\''"}],"agg":{"a":{"missing":1,"correct":1,"incorrect":0,"total":2}}},
"cpa":{"tables":[{"table":"T1","stats":{"a":{"missing":0,"correct":1,"incorrect":0,"total":1}}}],"agg":{"a":{"missing":0,"correct":1,"incorrect":0,"total":1}}}}
END
'

it 'submissions: what is mapped, and what is not' '
    start && small && annotated && printf "T1,0,1,Q1\nT1,1,1,Q22\nT1,0,2,Q33\nT1,1,2,Q44\nT2,0,1,Q4\nT3,0,1,Q6\n" >expected && csv /downloadSubmission/cea cea.csv && csv /api/v1/queues/d/submission/CEA cea.csv && csv /tables/d/downloadSubmission/Cea/ cea.csv &&
    printf "T2,0,2,None\nT3,1,1,None\nT3,0,2,None\nT4,0,1,None\nT ü,0,0,None\nT5,0,1,None\nT5,0,2,None\n" >expected && csv /downloadSubmission/cea/missing ceaMissing.csv && csv /downloadSubmission/cea/x/ ceaMissing.csv && csv "/api/v1/queues/d/submission/cea?missing=1" ceaMissing.csv &&
    printf "T1,0,$WD/wiki/Q100\nT2,0,Q5\nT3,0,Q66\n" >expected && csv /downloadSubmission/cta cta.csv && printf "T1,1,None\nT5,1,None\n" >expected && csv /downloadSubmission/cta/1 ctaMissing.csv &&
    printf "T1,0,1,P58\n" >expected && csv /downloadSubmission/cpa cpa.csv && : >expected && csv /downloadSubmission/cpa/1 cpaMissing.csv &&
    runner GET /downloadSubmission/cxa && refused 404 not_found && api GET "queues/d/submission/cea?missing=2" && refused 400 bad_field'

it 'rows first, and whole addresses' '
    start && small row-col && annotated && stop && sqlite3 "$DATA/docket.db" "UPDATE dataset SET add_prefix = 1" && start &&
    printf "T1,1,0,$WD/entity/Q1\nT1,1,1,$WD/entity/Q22\nT1,2,0,$WD/entity/Q33\nT1,2,1,$WD/entity/Q44\nT2,1,0,$WD/entity/Q4\nT3,1,0,$WD/entity/Q6\n" >expected && csv /downloadSubmission/cea cea.csv &&
    printf "T1,1,$WD/entity/None\nT5,1,$WD/entity/None\n" >expected && csv /downloadSubmission/cta/missing ctaMissing.csv'

it 'results and errors, each a file, by the time it was stored; none is a 404' '
    export TZ=IST-6:30 && start && small && runner GET /downloadResults && refused 404 output_not_found && runner GET /downloadErrors && refused 404 output_not_found && annotated &&
    saved /downloadResults results.zip application/zip && packed results.zip >names && lines names 4 && printf %s "$R1" | cmp - results/0 && printf %s "$R2" | cmp - results/1 && printf %s "$R3" | cmp - results/2 && printf %s "$R4" | cmp - results/3 &&
    for n in 1 2 3 5; do api GET tasks/$n && key=$(jq -r .key body) && stamp $n 0 >stamp && grep -q "^$(cat stamp)[0-9]*_$key\$" names || fail "no file of $key at $(cat stamp)" || return; done &&
    saved /downloadErrors errors.zip application/zip && packed errors.zip >names && lines names 4 && printf "one\n\n----------------------------------------------\n\ntwo" | cmp - errors/0 &&
    for n in 1 2 3; do printf "no %s\nat all" $n | cmp - errors/$n && stamp 6 $((3 - n)) >stamp && grep -q "^$(cat stamp)[0-9]*_T5\$" names || return; done &&
    saved /api/v1/queues/d/archive/results results.zip application/zip && packed results.zip >again && lines again 4 && saved /api/v1/queues/d/archive/errors errors.zip application/zip && packed errors.zip >again && same again names'

it 'a late result that was kept is a file, too; a table that was reset has had a result' '
    start && import_lines d <<END && work a T1 && clock +46m && work b T1 && runner PUT "/storeResult/T1/?client=b" "$R4" && status 200 && runner PUT "/storeResult/T1/?client=a" "$R3" && status 200 &&
{"dataset":{}}
{"table":"T1","data":[["a","x"]],"cea":[[1,0]]}
{"end":{"tables":1}}
END
    saved /downloadResults results.zip application/zip && packed results.zip >names && lines names 2 && printf %s "$R3" | cmp - results/0 && printf %s "$R4" | cmp - results/1 &&
    api POST queues/d/rerun "{}" && runner POST /getMissingMappings && is "$(jq -c .cea.missingAll body)" "[{\"table_name\":\"T1\"}]"'

it 'the database of the old manager, so that one may go back' '
    start && small && annotated && saved /downloadTables db_d.db3 application/vnd.sqlite3 && ask() { sqlite3 db_d.db3 "$1"; } && is "$(ask "PRAGMA integrity_check")" ok &&
    is "$(ask "SELECT group_concat(table_id || table_name || returned, \" \") FROM tables")" "1T11 2T21 3T31 4T40 5T ü1 6T51" &&
    is "$(ask "SELECT group_concat(table_id || client || (result IS NOT NULL) || (error IS NOT NULL) || (returnTime IS NOT NULL), \" \") FROM assignments")" "1c1111 2c2101 3c3101 4c4000 5c5101 6c6011 6c6011 6c6011" &&
    is "$(ask "SELECT group_concat(CAST(returnTime - requestTime AS INTEGER), \" \") FROM assignments WHERE returnTime IS NOT NULL")" "20 20 20 20 20 20 20" &&
    is "$(ask "SELECT count(*) FROM assignments WHERE table_id = 1 AND result = error AND result LIKE \"20%_T1\"")" 1 &&
    is "$(ask "SELECT group_concat(table_id || row_id || col_id || coalesce(mapped, \"-\"), \" \") FROM cea")" "110Q1 111Q22 120Q33 121Q44 210Q4 220- 310Q6 311- 320- 410- 500- 610- 620-" &&
    is "$(ask "SELECT group_concat(table_id || col_id || coalesce(mapped, \"-\"), \" \") FROM cta")" "10$WD/wiki/Q100 11- 20Q5 30Q66 61-" && is "$(ask "SELECT * FROM cpa")" "1|0|1|P58" &&
    saved /downloadResults results.zip application/zip && packed results.zip >names && ask "SELECT result FROM assignments WHERE result IS NOT NULL" >known && same known names && [ -z "$(ls "$DATA" | grep part)" ]'

# beside: a table of 6,000 targets is mapped to A, to B, to A… while it is downloaded again and again: prints what each download held.
beside() {
    python3 - "$(url)" "$(cat "$DATA/token")" <<'END'
import json, sys, threading, urllib.request
url, token = sys.argv[1:]
def ask(method, path, body=None):
    headers = {'Authorization': 'Bearer ' + token, 'Content-Type': 'application/json'}
    return urllib.request.urlopen(urllib.request.Request(url + path, body, headers, method=method), timeout=60).read()
def mapped(value):
    return json.dumps({'cea': [{'row_id': n, 'col_id': 0, 'mapped': value} for n in range(1, 6001)], 'cta': [], 'cpa': [], 'errors': []}).encode()
bodies, first, over = [mapped('A'), mapped('B')], threading.Event(), threading.Event()
def remap():
    n = 0
    while n < 2 or not over.is_set():
        if n:
            ask('POST', '/api/v1/queues/d/rerun', b'{}')
        ask('POST', '/getWork?client=c')
        ask('PUT', '/storeResult/T/?client=c', bodies[n % 2])
        n += 1
        first.set()
    print(n, 'results', file=sys.stderr)
mapper = threading.Thread(target=remap)
mapper.start()
first.wait()
for _ in range(60):
    values = {line.rsplit(b',', 1)[1] for line in ask('GET', '/downloadSubmission/cea').splitlines()}
    print(' '.join(sorted(v.decode() for v in values)) or 'nothing')
over.set()
mapper.join()
END
}

it 'the lines of a large table are of one moment, whatever is handed in while they are read' '
    start && { echo "{\"dataset\":{}}"; seq 6000 | jq -sc "{table:\"T\",data:[[\"a\"]],cea:map([.,0])}"; echo "{\"end\":{\"tables\":1}}"; } >lines && import_lines d <lines && beside >held && cat held >&2 && lines held 60 && ! grep -q " " held &&
    saved /downloadResults results.zip application/zip && packed results.zip >names && [ "$(wc -l <names)" -gt 1 ] && is "$(jq -c "[(.cea|length),.cea[5999].row_id]" results/0)" "[6000,6000]"'

it 'who leaves amid a download leaves nothing behind' '
    start && { echo "{\"dataset\":{}}"; seq -f "{\"table\":\"T%g\",\"data\":[[\"a\"]],\"cea\":[[1,0],[2,0],[3,0]]}" 5000; echo "{\"end\":{\"tables\":5000}}"; } >lines && import_lines d <lines && work c T1 && stored storeResult c T1 "$R4" &&
    for path in downloadTables downloadSubmission/cea/x downloadResults; do curl -s --limit-rate 20k --max-time 0.3 -o part -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/$path"; done; runner POST /getStats && status 200 && wait_for "[ -z \"\$(ls -l /proc/$(cat "$DATA.pid")/fd | grep tables.part)\" ]"'

it 'an analysis that is none: of which line, and what was wanted' '
    start && { echo "{\"dataset\":{\"analyze\":true,\"solution\":true}}"; seq -f "{\"table\":\"T%g\",\"data\":[[\"a\"]],\"cea\":[[1,0]],\"solution\":{\"cea\":[[1,0,\"Q1\"]]}}" 3; echo "{\"end\":{\"tables\":3}}"; } >lines && import_lines d <lines &&
    runner PUT /storeAnalysisData/T1 "{\"cea\":[{\"label\":\"a\",\"state\":[{\"row_id\":1,\"col_id\":0,\"cand\":[\"Q1\"]}]}]}
{\"cea\":[{\"label\":\"a\"}]}" && status 200 && runner PUT /storeAnalysisData/T2 "{\"cea\":[{\"label\":\"a\",\"state\":[{\"row_id\":\"1\"}]}]}" && status 200 &&
    seq 257 | jq -sc "{cea:map({label:tostring,state:[]})}" >many && runner PUT /storeAnalysisData/T3 "$(cat many)" && status 200 && runner POST /getAnalysis && status 200 &&
    is "$(jq -c "[.cea.tables[]|.wrong]" body)" "[\"line 2: an entry has a label and a state\",\"line 1: each of a state names its target by integers\",\"line 1: there are more than 256 labels\"]" &&
    is "$(jq -c ".cea.tables[0].stats" body)" "{\"a\":{\"correct\":1,\"incorrect\":0,\"missing\":0,\"total\":1}}" && is "$(jq ".cea.tables[2].stats|length" body)" 256'

done_testing
