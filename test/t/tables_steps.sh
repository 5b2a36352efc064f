# Steps of the scenarios about tables. Sourced by them.

# tables N [NAME…]: the file lines has N tables t1 … tN, and those named: three columns (one a header of names), four rows, targets two
# cells, a column and a pair of columns.
tables() {
    n=$1
    shift
    jq -nc --argjson n "$n" '([range(1; $n + 1) | "t\(.)"] + $ARGS.positional)[] |
        {table: ., header: ["a", "b", "c"], data: [["a", "x", "y", "z"], ["b", "1", "2", "3"], ["c", "", "é", "\""]],
         cea: [[1, 0], [1, 1]], cta: [[0]], cpa: [[0, 1]]}' --args -- "$@" >lines
}

# dataset NAME [SETTING=VALUE…]: of the tables in the file lines.
dataset() {
    name=$1
    shift
    { printf '{"dataset":%s}\n' "$(object "$@")" && cat lines && printf '{"end":{"tables":%d}}\n' "$(wc -l <lines)"; } >ndjson
    TYPE=application/x-ndjson api PUT "queues/$name/tables" @ndjson && status 201
}

# The owner's name and token.
basic() { echo "$(command id -un):$(cat "$DATA/token")"; }

# work CLIENT: hands it a table; its answer in body. result TABLE CLIENT [JSON]: hands one in.
work() { api POST "${AT:-}/getWork?client=$1" && status 200; }
EMPTY='{"cea":[],"cta":[],"cpa":[],"errors":[]}'
result() { api PUT "${AT:-}/storeResult/$1/?client=$2" "${3:-$EMPTY}"; }
failure() { api PUT "${AT:-}/storeError/$1/?client=$2" "$3"; }
