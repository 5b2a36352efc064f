# docket import jentab: a table work manager's database becomes a dataset, with its state and its past.
. "$(dirname "$0")/lib.sh"

# manager SQL…: m.db3, as the manager makes it, with these rows; tables T1…T6 in d/tables.
manager() {
    mkdir -p d/tables errors && for i in 1 2 3 4 5 6; do printf 'name,year\na,1\nb,2\n' >"d/tables/T$i.csv"; done
    sqlite3 m.db3 "
        CREATE TABLE tables (table_id INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL UNIQUE, returned INTEGER DEFAULT 0);
        CREATE TABLE assignments (table_id INTEGER NOT NULL, client TEXT NOT NULL, requestTime INTEGER, returnTime INTEGER DEFAULT NULL,
            result TEXT DEFAULT NULL, error TEXT DEFAULT NULL);
        CREATE TABLE cea (table_id INTEGER NOT NULL, row_id INTEGER NOT NULL, col_id INTEGER NOT NULL, mapped TEXT DEFAULT NULL, PRIMARY KEY (table_id, row_id, col_id));
        CREATE TABLE cpa (table_id INTEGER NOT NULL, sub_id INTEGER NOT NULL, obj_id INTEGER NOT NULL, mapped TEXT DEFAULT NULL, PRIMARY KEY (table_id, sub_id, obj_id));
        CREATE TABLE cta (table_id INTEGER NOT NULL, col_id INTEGER NOT NULL, mapped TEXT DEFAULT NULL, PRIMARY KEY (table_id, col_id));
        $*"
}
# T6 T1: a result; T2: an error, back; T3: had by one, not back; T4: two results that overlap; T5: a result, then reset; T6: a result with errors.
some() {
    mkdir -p errors && printf 'Traceback\nValueError: no such thing\n' >errors/E2
    manager "INSERT INTO tables (table_id, table_name, returned) VALUES (1, 'T6', 1), (2, 'T2', 1), (3, 'T3', 0), (4, 'T4', 1), (5, 'T5', 0), (6, 'T1', 1);
        INSERT INTO assignments VALUES (1, 'r1', 1700000000.5, 1700000010.5, 'R6', 'E6'), (2, 'r1', 1700000020, 1700000040, NULL, 'E2'),
            (3, 'r2', 1700000050, NULL, NULL, NULL), (4, 'r1', 1700000060, 1700000090, 'R4', NULL), (4, 'r2', 1700000070, 1700000080, 'R4', NULL),
            (5, 'r1', 1700000100, 1700000110, 'R5', NULL), (6, 'r2', 1700000120, 1700000130, 'R1', NULL);
        INSERT INTO cea VALUES (1, 1, 0, 'Q1'), (1, 2, 0, NULL), (2, 1, 0, NULL), (6, 1, 1, 'Q6'); INSERT INTO cta VALUES (1, 0, 'Q2'), (5, 0, NULL);
        INSERT INTO cpa VALUES (1, 0, 1, 'P3')"
}
brings() { docket import jentab m.db3 --queue t --tables d --errors errors --json "$@"; }
refuses() { words=$1; shift; exits 2 docket import jentab m.db3 --queue t "$@" && has err "$words" && api GET queues/t && status 404; }
face() { AUTH="Bearer $(cat "$DATA/token")" api POST "/tables/t/$1" && status 200; }
the() { api GET "queues/t/tasks?text=$1" && status 200 && id=$(sqlite3 -readonly "$DATA/docket.db" "SELECT task FROM spec WHERE key = '$1'") && api GET "tasks/$id" && status 200; }
attempts() { the "$1" && field '[.attempts[]|"\(.worker) \(.outcome)"]|join(",")' "$2"; }

# sound: every invariant of the store, asked as its own questions.
sound() {
    for f in "$ROOT"/src/store/sql/check_*.sql; do
        words=$(sed -n 's/^X(TASK_\([A-Z]*\), *\([0-9]*\),.*/s|:\1|\2|g;/p' "$ROOT/src/store/state.def")
        is "$(sed "$words" "$f" | sqlite3 -readonly "$DATA/docket.db")" 0 || fail "$f" || return
    done
}

it 'tables, what is mapped, what became of them' '
    some && start && cp m.db3 before && brings && is "$(jq -c "[.tables,.targets[].targets]" out)" "[6,4,2,1]" && same m.db3 before &&
    face getStats && field ".tables|[.total,.unfinished,.result,.error]|join(\" \")" "6 2 3 2" && field ".mappings|[.cea,.cta,.cpa]|map(\"\(.mapped)/\(.total)\")|join(\" \")" "2/4 1/2 1/1" &&
    the T1 && field .state succeeded && the T2 && field .state failed && the T3 && field .state pending && the T4 && field .state succeeded && the T5 && field .state pending &&
    the T6 && field .state succeeded && sound'

it 'its past: who had it, from when to when, what came of it' '
    some && start && brings && attempts T6 "r1 succeeded" && field ".attempts[0]|[.started,.finished]|join(\" \")" "2023-11-14T22:13:20.500Z 2023-11-14T22:13:30.500Z" &&
    field .finished 2023-11-14T22:13:30.500Z && attempts T2 "r1 failed" && field ".attempts[0].message" "ValueError: no such thing" &&
    api GET "tasks/$id/output" && has body Traceback && attempts T3 "" && attempts T4 "r1 superseded,r2 succeeded" && attempts T5 "r1 succeeded" &&
    face getStats && field ".times|[.result,.error]|join(\", \")" "10 seconds, 20 seconds" && sound'

it 'it is gone on with: what is left is worked on, what failed may be tried again' '
    some && start && brings --open && AUTH= api POST "/tables/t/getWork?client=new" && status 200 && field .name T3 && docket retry t && face getStats && field .tables.unfinished 3 &&
    docket rerun t && face getStats && field .tables.unfinished 6 && sound'

it 'audit records come with it' '
    some && sqlite3 a.db3 "CREATE TABLE audit (myid INTEGER PRIMARY KEY, approach TEXT, tablename TEXT, task TEXT, step TEXT, method TEXT, solved_cnt INTEGER, remaining_cnt INTEGER,
        remaining TEXT, timestamp TEXT); INSERT INTO audit (approach, tablename, task, step, method, solved_cnt, remaining_cnt, remaining, timestamp)
        VALUES (\"Solver\", \"T1\", \"CEA\", \"creation\", \"default\", 7, 1, \"[1]\", \"x\"), (\"Solver\", \"T2\", \"CEA\", \"creation\", \"default\", 5, 0, NULL, NULL)" &&
    start && brings --audit-db a.db3 && face getAudit && field ".res[0].methods[0]|@csv" "\"default\",12"'

it 'what is no such database is refused by name, and nothing is made' '
    some && start && cp m.db3 keep && printf "no database, at all, whatever its name" >m.db3 && refuses "m.db3" --tables d && sqlite3 other.db3 "CREATE TABLE x (y)" && mv other.db3 m.db3 &&
    refuses "no such table" --tables d && rm m.db3 && refuses "no such file" --tables d && cp keep m.db3 && rm d/tables/T3.csv && refuses "T3" --tables d &&
    refuses "where are the tables" && exits 2 docket import jentab m.db3 --tables d && exits 2 docket import && exits 2 docket import other && has err "docket import has no"'

it 'it is killed half-way, or only looked at: nothing is there' '
    some && start && brings --dry-run && is "$(jq .sent out)" false && api GET queues/t && status 404 && docket import jentab m.db3 --queue t --tables d/tables && has out "6 tables in dataset t"'

it 'past and returned on the wire: what cannot be is refused by its line' '
    start && line() { printf "{\"dataset\":{}}\n{\"table\":\"T\",\"data\":[],\"past\":[%s]}\n{\"end\":{\"tables\":1}}\n" "$1" >f; TYPE=application/x-ndjson api PUT queues/w/tables @f; } &&
    line "{\"client\":\"a\",\"started\":5,\"finished\":4}" && refused 400 bad_field "finished after it was started" && line "{\"client\":\"\",\"started\":5}" && refused 400 bad_field client &&
    line "{\"client\":\"a\\u0001\",\"started\":5}" && refused 400 bad_field control && line "{\"client\":\"a\",\"started\":5,\"finished\":6,\"odd\":1}" && refused 400 unknown_field &&
    line "{\"client\":\"a\",\"started\":5,\"finished\":null},{\"client\":\"b\",\"started\":1.5,\"finished\":2,\"result\":true,\"error\":\"e\"}" && status 201 && sound'

done_testing
