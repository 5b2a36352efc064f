# docket tables import: files as they are published, and as they are not; what is told of them; all of it or nothing.
. "$(dirname "$0")/lib.sh"

# table NAME LINE…: d/tables/NAME.csv; targets OF LINE…: d/targets/OF.csv. Escapes of printf are understood.
table() { put "tables/$1.csv" "$@"; }
targets() { put "targets/$1.csv" "$@"; }
put() {
    file=d/$1
    shift 2
    mkdir -p "$(dirname "$file")" && for l; do printf '%b\n' "$l"; done >"$file"
}
# rows TABLE N [COLUMNS]: a table of N rows, three columns wide.
rows() { mkdir -p d/tables && seq "$2" | sed "s/.*/a&,b&,${3:-c}&/" >"d/tables/$1.csv"; }

# brings [OPTION…]: imports d as t; what it says is in out. told JQ VALUE: of the summary.
brings() { docket tables import d --queue t --json "$@"; }
told() { is "$(jq -rc "$1" out)" "$2"; }
# stops TEXT [OPTION…]: it does not, and says TEXT (status 1, or 2 for a wrong command line).
stops() {
    text=$1
    shift
    brings "$@"
    [ "$EXIT" = 1 ] || [ "$EXIT" = 2 ] || fail "exit $EXIT" || return
    has err "$text" && nothing
}
nothing() { api GET queues/t && refused 404 queue_not_found; }
# given TABLE JQ VALUE: of what a runner is given.
given() { AUTH="Bearer $(cat "$DATA/token")" api POST "/tables/t/getDescription?table=$1" && status 200 && is "$(jq -cS "$2" body)" "$3"; }
work() { api POST "/tables/t/getWork?client=me" && status 200; }

# in_store QUERY: the answer; the rows of tasks that are there.
in_store() { sqlite3 -readonly "$DATA/docket.db" "$1"; }
half_way() { [ "$(in_store 'SELECT count(*) FROM coverage')" -gt 20 ]; }
swept() { is "$(in_store 'SELECT (SELECT count(*) FROM task) + (SELECT count(*) FROM target) + (SELECT count(*) FROM dataset)')" 0; }
large() { python3 "$ROOT/bench/make_dataset.py" d 2000 60000; }
importing() { "$DOCKET" tables import d --queue t >verb.out 2>verb.err & verb=$!; }

it 'tables as CSV: quotes, line ends in them, CRLF, a byte order mark, ragged and blank lines' '
    table A "\0357\0273\0277name,born\r" "\"Ada, \"\"Countess\"\"\",1815\r" "\r" "\"two\nlines\"\r" " x ,5\" disk,more\r" && printf last >>d/tables/A.csv &&
    targets CEA A,0,1 && start && brings && told .tables 1 && told ".header|[.row,.none]" "[1,0]" &&
    given A ".header" "[\"name\",\"born\",\"\"]" && given A ".data[0]" "[\"name\",\"Ada, \\\"Countess\\\"\",\"two\\nlines\",\" x \",\"last\"]" &&
    given A ".data[1]" "[\"born\",\"1815\",\"\",\"5\\\" disk\",\"\"]" && given A ".data[2]" "[\"\",\"\",\"\",\"more\",\"\"]"'

it 'targets: quotes, CRLF, blanks, a line of names or none; what they are mapped to' '
    rows A 5 && rows "B,b" 5 && targets x_CEA "Table,Row,Column" "\"A\",\"1\",\"0\"\r" "" "A , 2, 1,http://www.wikidata.org/entity/Q5" "\"B,b\",4,2," &&
    targets x_CTA A,0 A,1,Q7 && targets x_CPA \"A\",0,2,P3 && start && brings --order 2020 && told "[.targets[].targets]" "[3,2,1]" &&
    told ".order" "{\"cells\":\"row-col\",\"why\":\"said\"}" &&
    given A ".targets.cea" "[{\"col_id\":0,\"mapped\":null,\"row_id\":1},{\"col_id\":1,\"mapped\":\"Q5\",\"row_id\":2}]" &&
    given A ".targets.cta" "[{\"col_id\":0,\"mapped\":null},{\"col_id\":1,\"mapped\":\"Q7\"}]" &&
    given A ".targets.cpa" "[{\"mapped\":\"P3\",\"obj_id\":2,\"sub_id\":0}]" && given B,b ".targets.cea|length" 1'

it 'a prefix of its own' '
    rows A 3 && targets CTA A,0,x:Q1 A,1,http://www.wikidata.org/entity/Q2 && start && brings --prefix x: &&
    given A "[.targets.cta[].mapped]" "[\"Q1\",\"http://www.wikidata.org/entity/Q2\"]"'

it 'bytes that are not UTF-8, and NUL, become U+FFFD, and are counted' '
    table A "caf\0351,\0303\0251" "\0355\0240\0200,x\0000y" && targets CTA "A,0,\0377q" && start && brings && told .replaced 6 &&
    given A ".data" "[[\"caf�\",\"���\"],[\"é\",\"x�y\"]]" && given A ".targets.cta[0].mapped" "\"�q\""'

it 'targets of tables that are not there: counted and named, not fatal' '
    rows A 3 && targets CTA A,0 Z,0 Z,1 Y,0 Z,2 X,0 W,0 && targets CPA A,0,1 && start && brings && told ".targets.cta.targets" 1 &&
    told ".targets.cta.unknown" "{\"rows\":6,\"tables\":4,\"some\":[\"Z\",\"Y\",\"X\"]}" && told ".targets.cpa.unknown.rows" 0 &&
    docket tables import d --queue u && has out "6 rows of 4 tables that are not there: Z, Y, X, …"'

it 'targets named twice count once' '
    rows A 5 && targets CEA A,1,1 A,1,1 A,2,1 A,1,1,Q9 && start && brings && told ".targets.cea|[.targets,.repeated]" "[2,2]" &&
    docket tables import d --queue t --dry-run --json && told ".targets.cea|[.targets,.repeated]" "[2,2]"'

it 'the order of cells: the one that fits, and it is told' '
    rows A 9 && targets CEA A,8,2 A,7,1 && start && brings && told .order "{\"cells\":\"row-col\",\"why\":\"found\"}" &&
    given A "[.targets.cea[]|[.row_id,.col_id]]" "[[7,1],[8,2]]" && docket tables import d --queue u && has out "row, column, which fits better"'

it 'the order of cells: where both fit as the old manager had it, and it is told' '
    rows A 9 && targets CEA A,1,2 && start && brings && told .order "{\"cells\":\"col-row\",\"why\":\"both\"}" &&
    given A ".targets.cea[0]|[.row_id,.col_id]" "[2,1]" && docket tables import d --queue u && has out "both orders fit"'

it 'the order of cells: the wrong one stops the import, naming lines and the one that fits' '
    rows A 9 && targets CEA A,8,2 A,1,1 && start && stops "CEA.csv: 1 of 2 targets lie outside" --order col-row && has err "line 1 (A has 9 rows, 3 columns)" &&
    has err "row-col fits" && stops "--order is" --order sideways && targets CEA A,80,2 && stops "1 of 1" && has err "no order fits" &&
    targets CEA A,1,1 && targets CTA A,3 && stops "CTA.csv: 1 of 1"'

it 'outside of their tables may lie one in a hundred, and no more' '
    rows A 200 && targets CEA $(seq -f A,%g,1 1 99) A,999,1 && start && brings && told ".targets.cea|[.targets,.outside]" "[100,1]" && docket delete t --force &&
    targets CEA $(seq -f A,%g,1 1 97) A,999,1 A,998,1 A,997,1 && stops "3 of 100"'

it 'a table without a row of names, for a cell of row 0 is asked for: columns of numbers and truths are such' '
    table A "007,+1.5,True,NA,5,inf" "-12,.5,false,,x,1" "3,1e3,TRUE,6,6,0x1" && targets CEA A,0,0 && rows B 3 && start && brings --order row-col &&
    told ".header|[.row,.none]" "[1,1]" && given A .header "[]" &&
    given A .data "[[7,-12,3],[1.5,0.5,1000],[true,false,true],[\"NA\",\"\",\"6\"],[\"5\",\"x\",\"6\"],[\"inf\",\"1\",\"0x1\"]]" && given B ".header|length" 3'

it 'target files: any may be missing; beside the tables; two for one task are refused, both named' '
    rows A 3 && printf "A,0\n" >d/R1_CTA.csv && printf "A,0\n" >d/ocean.csv && start && brings && told ".targets|map_values(.file)" \
    "{\"cea\":null,\"cta\":\"d/R1_CTA.csv\",\"cpa\":null}" && docket tables import d --queue u && has out "cea  no file" && docket delete t --force &&
    printf "A,1\nA,2\n" >d/R2_CTA.csv && stops "R2_CTA.csv" && has err R1_CTA.csv && has err "say which: --targets FILE" &&
    brings --targets d/R2_CTA.csv && told .targets.cta.targets 2 && docket delete t --force && targets CTA A,0 && brings &&
    told .targets.cta.file "d/targets/CTA.csv"'

it 'target files: elsewhere, as files or in a folder' '
    rows A 3 && mkdir e && printf "A,0\n" >e/CTA_x.csv && printf "A,0,1\n" >CPA_y.csv && start && brings --targets e --targets CPA_y.csv &&
    told "[.targets[].file]" "[null,\"e/CTA_x.csv\",\"CPA_y.csv\"]" && docket delete t --force && printf "A,0\n" >odd.csv &&
    stops "does not say of which task" --targets odd.csv && stops "could not read" --targets none.csv'

it 'right answers: what is shown, and what is compared with, its columns in any order' '
    rows A 3 && targets CTA A,0 && mkdir gt s && printf "A,1,0,\"http://x/Q2 http://x/Q1\"\nZ,0,0,Q1\n" >gt/cea.csv && printf "A,0,http://x/Q9\n" >gt/cta.csv &&
    printf "Entity URI,Col Id,Filename,Row Id\n\"Q5,Q6\",2,A,1\nQ1,0,Z,0\nQ1,0,Z,1\n" >s/cea.csv && start && brings --gt gt --solution s &&
    told ".gt|map_values(.answers)" "{\"cea\":1,\"cta\":1,\"cpa\":0}" && told ".solution.cea|[.answers,.unknown.rows,.unknown.tables]" "[1,2,1]" &&
    given A ".gt.cea" "[{\"col_id\":\"0\",\"mapped\":\"Q1\",\"row_id\":\"1\"}]" &&
    is "$(in_store "SELECT kind, a, b, value FROM truth WHERE source = 2")" "1|1|2|Q5,Q6" && is "$(in_store "SELECT cea_unknown FROM dataset")" 1 &&
    docket delete t --force && printf "A,1,2,Q5\n" >s/cea.csv && stops "s/cea.csv line 1" --solution s && has err "Filename,Row Id,Col Id,Entity URI" &&
    stops "none of cea.csv" --solution d && printf "A,1,0\n" >gt/cea.csv && stops "gt/cea.csv line 1" --gt gt'

it 'a line that is none is refused by file and number' '
    rows A 3 && start && for l in A,x A,-1 A A,0,Q1,Q2 A,99999999999 ,0; do targets CTA A,0 "$l" && stops "d/targets/CTA.csv line 2" || return; done &&
    targets CTA "A,zero" && stops "CTA.csv line 1" && targets CTA "A,0,$(head -c 4097 /dev/zero | tr "\0" x)" && stops "more than 4096 bytes" &&
    targets CTA A,0 && printf "a,b\n\nc,\"d\ne\n" >d/tables/A.csv && stops "d/tables/A.csv line 3: a quoted field"'

it 'what is no dataset' '
    start && mkdir d && stops "could not read the folder of tables" && mkdir d/tables && stops "there is no table in" && touch d/tables/.x.csv d/tables/x.txt &&
    mkdir d/tables/y.csv && stops "there is no table in" && touch "d/tables/a$(printf "\n")
b.csv" && stops "control characters" && exits 2 docket tables import d && has err "--queue" && exits 2 docket tables import d --queue a/b/c'

it 'an empty table is a table' '
    mkdir -p d/tables && : >d/tables/A.csv && targets CTA B,0 && start && brings && told .tables 1 && given A "[.data,.header]" "[[],[]]"'

it 'a table too large to be handed out is refused before anything is sent' '
    mkdir -p d/tables && { seq 30000; seq -s, 3000; } >d/tables/A.csv && start && stops "d/tables/A.csv: 3" && has err "too large a table" &&
    head -c 17000000 /dev/zero | tr "\0" x >d/tables/A.csv && stops "d/tables/A.csv line 1: a row may be at most"'

it 'what runners are told and asked' '
    rows A 3 && targets CTA A,0 && start && brings --no-audit --analyze --open && AUTH= work && field "[.audit,.analyze]|@csv" false,true &&
    docket delete t --force && brings --audit && work && field "[.audit,.analyze]|@csv" true,false && docket delete t --force &&
    stops "do not go together" --audit --no-audit'

it '--dry-run reads and sends nothing, and needs no server' '
    rows A 3 && targets CTA A,0 && brings --dry-run && told "[.sent,.tables,.targets.cta.targets]" "[false,1,1]" && docket tables import d --queue t --dry-run &&
    has out "1 table would be in dataset t" && printf "\"" >d/tables/A.csv && exits 1 docket tables import d --queue t --dry-run && start && nothing'

it 'in words: what was read, what is missing' '
    rows A 3 && targets CTA A,0 && start && docket tables import d --queue t && has out "1 table in dataset t, 1 with a row of names, 0 without" &&
    has out "cta  1 target, from d/targets/CTA.csv" && has out "cpa  no file" && docket tables --help && has out import &&
    docket help tables import && has out -- --order'

it 'a name that is taken is refused before anything is read' '
    rows A 3 && targets CTA A,x && server && exits 1 docket tables import d --queue q && has err "there is a queue" && has err "docket delete q"'

it 'tables of many kinds of name are data' '
    rows "a b%2F<i>" 3 && rows "'"'"'; DROP" 3 && rows .. 3 && rows é 3 && targets CTA "a b%2F<i>,0" "é,0" && start && brings && told .tables 3 &&
    given "a%20b%252F%3Ci%3E" .name "\"a b%2F<i>\"" && given %C3%A9 ".targets.cta|length" 1'

it 'the verb is killed half-way: nothing is seen, and a minute later nothing is left' '
    large && start && importing && wait_for half_way 30 && kill -9 $verb && { wait $verb || true; } && nothing && not swept && clock +61s && wait_for "nothing && swept" 30 &&
    docket tables import d --queue t && has out "2,000 tables"' 180

it 'the server is killed half-way: the verb says so, and nothing is left' '
    large && start && importing && wait_for half_way 30 && kill9 && not wait $verb && has verb.err "no server answers" && has verb.err "nothing of the import stays" &&
    start && nothing && clock +61s && wait_for "nothing && swept" 30' 180

it 'the disk is full half-way: the verb says so, and nothing is left' '
    large && FAULTS=1 && start && importing && wait_for half_way 30 && disk $(($(disk_used) - 1)) && not wait $verb && has verb.err "the disk of the server is full" &&
    disk 0 && wait_for "api PUT queues/other {} && status 201" 40 && nothing && clock +61s && wait_for "nothing && swept" 30' 180

it 'LIMIT_DISCARD_TABLES: a refused import is heard out, 256 MiB of it, so that its sender hears why' '
    server && put_of() { { echo "{\"dataset\":{}}"; head -c "$1" /dev/zero | tr "\0" "\n"; } | curl -s -o answer -w "%{http_code}" -T - -H "Content-Type: application/x-ndjson" \
        -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/api/v1/queues/q/tables" >code; } &&
    put_of 30000000 && is "$(cat code)" 409 && is "$(jq -r .code answer)" queue_exists && { put_of 300000000; not grep -q 409 code; }' 180

# puts LINE…: an import of these lines.
puts() { printf '%s\n' "$@" >f && TYPE=application/x-ndjson api PUT queues/t/tables @f; }
x() { head -c "$1" /dev/zero | tr '\0' x; }

it 'LIMIT_TABLE: a line of 16 MiB is taken, one byte more is not; LIMIT_MAPPED: so is what a target is mapped to' '
    start && : >body && b="{\"table\":\"T\",\"data\":[[\"" && e="\"]]}" && n=$((16777216 - ${#b} - ${#e})) && import() { { echo "{\"dataset\":{}}"; printf %s "$b"; x "$1"; echo "$e"; echo "{\"end\":{\"tables\":1}}"; } >f &&
        STATUS=$(curl -s -o body -w "%{http_code}" -T f -H "Content-Type: application/x-ndjson" -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/api/v1/queues/t/tables"); } &&
    import $((n + 1)) && status 413 && is "$(jq -r .code body)" too_large && is "$(jq -r .detail body | cut -c1-7)" "line 2:" && import "$n" && status 201 && docket delete t --force &&
    puts "{\"dataset\":{}}" "{\"table\":\"T\",\"data\":[],\"cta\":[[0,\"$(x 4097)\"]]}" && refused 400 bad_field 4096 &&
    puts "{\"dataset\":{}}" "{\"table\":\"T\",\"data\":[],\"cta\":[[0,\"$(x 4096)\"]]}" "{\"end\":{\"tables\":1}}" && status 201' 180

it 'a stream that ends without its last line, or has another count of tables' '
    start && puts "{\"dataset\":{}}" "{\"table\":\"T\",\"data\":[]}" && refused 400 bad_line "before its last line" && puts "{\"dataset\":{}}" "{\"end\":{\"tables\":1}}" && refused 400 bad_field && nothing'

done_testing
