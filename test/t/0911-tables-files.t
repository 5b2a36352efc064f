# Evaluation and files of a dataset: docket tables evaluate and export.
. "$(dirname "$0")/lib.sh"

# solved: three tables of which T1 has a result (one cell right, one wrong, one missing) and T2 a result with errors, T3 an error.
solved() {
    cat >lines <<EOF
{"dataset":{"order":"col-row","solution":true}}
{"table":"T1","data":[["a","b","c"],["d","e","f"]],"header":["a","d"],"cea":[[1,0],[2,0],[1,1]],"cta":[[0]],"cpa":[[0,1]],"solution":{"cea":[[1,0,"http://www.wikidata.org/entity/Q1"],[2,0,"http://www.wikidata.org/entity/Q2"],[1,1,"http://www.wikidata.org/entity/Q3"]]}}
{"table":"T2","data":[["a","b"]],"header":["a"],"cea":[[1,0]],"solution":{"cea":[[1,0,"http://www.wikidata.org/entity/Q4"]]}}
{"table":"T3 \u00e9","data":[["a","b"]],"header":["a"],"cea":[[1,0]],"solution":{"cea":[[1,0,"http://www.wikidata.org/entity/Q5"]]}}
{"end":{"tables":3}}
EOF
    start && TYPE=application/x-ndjson api PUT queues/d/tables @lines && status 201 && api PUT queues/d max_attempts=1 && status 200 &&
        runs getWork POST '{}' && runs storeResult/T1 PUT '{"cea":[{"row_id":1,"col_id":0,"mapped":"Q1"},{"row_id":2,"col_id":0,"mapped":"Q9"}],"cta":[{"col_id":0,"mapped":"Q7"}],"cpa":[{"subj_id":0,"obj_id":1,"mapped":"P1"}],"errors":null}' &&
        runs getWork POST '{}' && runs storeResult/T2 PUT '{"cea":[],"cta":[],"cpa":[],"errors":"nothing found"}' &&
        runs getWork POST '{}' && runs "storeError/T3%20%C3%A9" PUT 'Traceback'
}
runs() { printf %s "$3" >sent && api "$2" "/tables/d/$1?client=r" @sent && status 200; }

it 'evaluate: what was handed in beside the solution, by hand' '
    solved && docket tables evaluate d && grep -Eq "^cea +0.5000 +0.2000 +0.2857 +1 +1 +2 +0$" out && grep -Eq "^cta +- +- +-" out && docket tables evaluate d --json && is "$(each ".[0].cea.correctMappings")" 1'

it 'evaluate says where there is nothing to compare with' '
    start && printf "%s\n" "{\"dataset\":{}}" "{\"table\":\"T1\",\"data\":[[1,2]],\"cea\":[[0,0]]}" "{\"end\":{\"tables\":1}}" >lines && TYPE=application/x-ndjson api PUT queues/d/tables @lines && status 201 &&
    docket tables evaluate d && has out "without --solution" && make_queue q && exits 1 docket tables evaluate q'

it 'export writes the files of a submission, and what is missing' '
    solved && docket tables export d --to sub && printf "%s\n" T1,0,1,Q1 T1,0,2,Q9 >wanted && same sub/cea.csv wanted && printf "%s\n" T1,0,Q7 >wanted && same sub/cta.csv wanted && printf "%s\n" T1,0,1,P1 >wanted &&
    same sub/cpa.csv wanted && is "$(ls -A sub | tr "\n" " ")" "cea.csv cpa.csv cta.csv " && exits 2 docket tables export d --to sub && has err "there is" && docket tables set d --order row-col --add-prefix on &&
    docket tables export d --to sub --missing --force && is "$(head -n 1 sub/cea.csv)" T1,1,0,http://www.wikidata.org/entity/Q1 && lines sub/ceaMissing.csv 3 && lines sub/ctaMissing.csv 0 &&
    docket tables export d --to other --json && is "$(each ".[0].files|length")" 3 && exits 2 docket tables export d && exits 3 docket tables export none --to third && is "$(ls -A third)" ""'

it 'export --bodies: a file for each result and error, under the names of the old manager' '
    solved && docket tables export d --to all --bodies && ls all/results all/errors >names && is "$(ls all/results | sed "s/.*_//" | tr "\n" " ")" "T1 T2 " && is "$(ls all/errors | sed "s/.*_//" | tr "\n" " ")" "T2 T3 é " &&
    is "$(ls all/errors | grep -cE "^[0-9]{4}_[0-9]{2}_[0-9]{2}T[0-9_]+_T[23]")" 2 && is "$(cat all/errors/*T3*)" Traceback && is "$(cat all/errors/*T2)" "nothing found" && jq -e ".cpa[0].mapped == \"P1\"" all/results/*_T1 &&
    is "$(ls -A all | tr "\n" " ")" "cea.csv cpa.csv cta.csv errors results " && exits 2 docket tables export d --to all --bodies && docket tables export d --to all --bodies --force && is "$(ls all/results | wc -l)" 2'

it 'an export that fails leaves no half of a file' '
    solved && mkdir ro && printf x >ro/cta.csv && exits 2 docket tables export d --to ro && is "$(ls -A ro)" cta.csv && is "$(cat ro/cta.csv)" x && printf x >file && exits 1 docket tables export d --to file && is "$(cat file)" x'

it 'names that files cannot have are written so that they can' '
    start && jq -nc "{dataset:{}}, {table:(\"x\"*250),data:[[\"a\"]],cea:[[0,0]]}, {end:{tables:1}}" >lines && TYPE=application/x-ndjson api PUT queues/d/tables @lines && status 201 && runs getWork POST "{}" &&
    runs "storeError/$(jq -nr "\"x\"*250")" PUT oops && docket tables export d --to all --bodies && is "$(cat all/errors/*)" oops && is "$(ls all/errors | wc -c)" 233'

done_testing
