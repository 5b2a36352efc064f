# docket load --csv and --array: a command made of each row or number by a template.
. "$(dirname "$0")/lib.sh"

csv() { printf "$1" >data.csv; }

# ran: what the worker printed, all tasks in order.
ran() { docket work q --idle-timeout 0.1 && docket results q && cp "$T/out" ran; }

it 'a task per row, a value is one quoted word' '
    server && csv "file,width\nmy cat.png,10\n\"it'\''s \"\"x\"\"\",20\n" &&
    docket load q --csv data.csv --each "printf \"%s|\" {file} {width}; echo {{ok}} {=width}" && has out "2 tasks" &&
    claim w max=9 && field ".tasks[0].command" "printf \"%s|\" '\''my cat.png'\'' '\''10'\''; echo {ok} 10"'

it 'what a value holds is never run' '
    server && csv "v\n\$(touch hacked)\n\`touch hacked\`\n'\''; touch hacked; '\''\n\"a\n; touch hacked\"\n" &&
    docket load q --csv data.csv --each "printf \"<%s>\" {v}" && ran && not test -e hacked &&
    is "$(tr "\n" " " <ran)" "<\$(touch hacked)><\`touch hacked\`><'\''; touch hacked; '\''><a ; touch hacked>"'

it 'a value inside quotes is refused, with what to do' '
    server && csv "v\n1\n" && for each in "echo \"{v}\"" "echo '\''{v}'\''" "echo \${v}"; do
    exits 2 docket load q --csv data.csv --each "$each" && has err "{v} stands" && one_line err || return; done &&
    counts "" && docket load q --csv data.csv --each "echo \"{=v}\"" && claim w && got "echo \"1\""'

it 'a column that is not there: the ones there are are named, and nothing is added' '
    server && csv "file,width\na,1\n" && exits 2 docket load q --csv data.csv --each "echo {fle}" &&
    has err "there is no column '\''fle'\''; there are '\''file'\'', '\''width'\''" &&
    exits 2 docket load q --csv data.csv --each "echo {file}" --key "{}" && has err "key" &&
    exits 2 docket load q --csv data.csv --each "echo }" && has err "}}" && exits 2 docket load q --csv data.csv --each "{" &&
    exits 2 docket load q --array 1-3 --each "echo {file}" && has err "{}" && counts ""'

it 'a mark, CRLF, blank lines, records over lines' '
    server && csv "\357\273\277a,b\r\n1,\"x\r\ny\"\r\n\r\n2,z" &&
    docket load q --csv data.csv --each "echo {a} {b}" && claim w max=9 &&
    field "[.tasks[].command]|tojson" "[\"echo '\''1'\'' '\''x\\r\\ny'\''\",\"echo '\''2'\'' '\''z'\''\"]"'

it 'a bad row is named by its line, and nothing is added' '
    server && csv "a,b\n\"1\n\n\",2\n3\n" && exits 1 docket load q --csv data.csv --each "echo {a}" &&
    has err "data.csv line 5: 1 field, where 2 columns are named" && one_line err &&
    csv "a,a\n1,2\n" && exits 1 docket load q --csv data.csv --each x && has err "two columns are called '\''a'\''" &&
    csv "a,b\n1,\"2\n" && exits 1 docket load q --csv data.csv --each x && has err "line 2: a quoted field" &&
    csv "a,b\n1,x\"2\n" && exits 1 docket load q --csv data.csv --each x && has err "line 2, byte 4" &&
    csv "a,b\n1,2\0003\n" && exits 1 docket load q --csv data.csv --each x && has err "column '\''b'\'' holds a NUL" &&
    csv "a,b\n1,\377\n" && exits 1 docket load q --csv data.csv --each "echo {b}" && has err "line 2" && has err UTF-8 &&
    csv "" && exits 1 docket load q --csv data.csv --each x && has err "names the columns" &&
    exits 1 docket load q --csv nothing.csv --each x && has err nothing.csv && counts ""'

it 'from a pipe' '
    server && csv "a\n1\n\n2\n3,4\n" && cat data.csv | not "$DOCKET" load q --csv - --each "echo {=a}" 2>err;
    has err "stdin line 5" && has err "up to line 4 was added" && claim w max=9 && got "echo 1 echo 2" &&
    csv "a\n3" && cat data.csv | "$DOCKET" load q --csv - --each "echo {=a}" && claim w && got "echo 3"'

it 'an array: lists, ranges, steps, zeros that are kept' '
    server && docket load q --array 1-5:2,7,008-010 --each "echo {} {=}" && claim w max=9 &&
    got "echo '\''1'\'' 1 echo '\''3'\'' 3 echo '\''5'\'' 5 echo '\''7'\'' 7 echo '\''008'\'' 008 echo '\''009'\'' 009 echo '\''010'\'' 010"'

it 'an array that is none is refused by name' '
    server && for list in "" 1, 5-1 1-x 1-5:0 -3 1-10%2 99999999999999999999; do
    exits 2 docket load q --array="$list" --each "echo {}" && has err "--array: '\''" && one_line err || return; done && counts ""'

it 'LIMIT_ARRAY: 100,000,001 values; as many as are allowed begin at once' '
    server && exits 2 docket load q --array 1-100000001 --each "echo {}" && has err 100000000 &&
    timeout 10 "$DOCKET" load q --array 1-100000000 --each "echo {}" --dry-run 2>err | head -n 3 >out &&
    printf "echo '\''%d'\''\n" 1 2 3 >wanted && same out wanted && counts ""'

it 'LIMIT_COLUMNS: 4,097 columns' '
    server && { seq -s , 4096; seq -s , 4096; } >data.csv && docket load q --csv data.csv --each "echo {=4096}" &&
    claim w && got "echo 4096" && { seq -s , 4097; seq -s , 4097; } >data.csv &&
    exits 1 docket load q --csv data.csv --each "echo {=4096}" && has err 4096'

it '--key: a template; what has a key is added once' '
    server && csv "id,v\na 1,x\nb,y\na 1,z\n" && docket load q --csv data.csv --each "echo {v}" --key "k-{id}" &&
    has out "2 tasks added to q, 1 was there already" && api GET queues/q/tasks && field "[.tasks[].key]|join(\",\")" "k-a 1,k-b" &&
    docket load q --array 1-3 --each "echo {}" --key "n{}" && docket load q --array 1-4 --each "echo {}" --key "n{}" &&
    has out "1 task added" && csv "id\n\n\"\"\n" && exits 1 docket load q --csv data.csv --each x --key "{id}" &&
    has err "line 3: a key has 1 to 256 bytes" && exits 1 docket load q --array 1 --each x --key "$(head -c 256 /dev/zero | tr "\0" k){}" &&
    has err "--array, value 1: a key"'

it 'the same again goes on where it was; another template is another load' '
    server && { echo a; seq 20000; } >data.csv && { "$DOCKET" load q --csv data.csv --each "echo {a}" >load.out 2>&1 & p=$!; } &&
    wait_for "api GET queues/q && field \".counts.pending>0\" true" && kill -9 $p; wait $p;
    api GET queues/q && field ".counts.pending<20000" true && docket load q --csv data.csv --each "echo {a}" &&
    has out "an earlier load had come to" && counts pending=20000 && docket load q --csv data.csv --each "echo {a}" &&
    has out "0 tasks added" && docket load q --array 1-3 --each "echo {}" && docket load q --array 1-3 --each "echo {}" &&
    counts pending=20003 && docket load q --array 1-3 --each "echo  {}" && docket load q --array 1-4 --each "echo {}" &&
    counts pending=20010' 200

it 'an array over a server restart: each value once' '
    server && { "$DOCKET" load q --array 1-30000 --each "echo {=}" >load.out 2>load.err & p=$!; } &&
    wait_for "api GET queues/q && field \".counts.pending>0\" true" && crash && wait $p && counts pending=30000' 200

it 'the options that all tasks share' '
    server && docket load q --array 7 --each "echo {}" --priority 3 --env A=1 --cwd /tmp --time-limit 9 &&
    claim w && field .tasks[0].cwd /tmp && field .tasks[0].env.A 1 && field .tasks[0].time_limit 9'

it 'options that do not go together: 2' '
    server && echo a >f && exits 2 docket load q && exits 2 docket load q f --each x && exits 2 docket load q f --key k &&
    has err "--unique" && exits 2 docket load q f --csv f --each x && exits 2 docket load q --csv f --array 1 --each x &&
    exits 2 docket load q --csv f && has err "--each" && exits 2 docket load q --array 1 --each x --ndjson &&
    exits 2 docket load q --array 1 --each x --key k --unique && counts ""'

it '--dry-run prints the commands, safe on a terminal; --json the tasks' '
    server && csv "v\na b\n\"\033[31m\n\"\n" && docket load q --csv data.csv --each "echo {v}" --dry-run &&
    printf "echo '\''a b'\''\necho '\''\033[31m\n'\''\n" >wanted && same out wanted &&
    docket load q --csv data.csv --each "echo {v}" --dry-run --json && is "$(jq -rs ".[0].command" out)" "echo '\''a b'\''" &&
    python3 "$HERE/screen.py" screen "$DOCKET" load q --csv data.csv --each "echo {v}" --dry-run &&
    python3 "$HERE/screen.py" --check screen && has screen "x1b" && counts ""'

it 'a bar on a terminal while it loads, and nothing of it elsewhere' '
    server && python3 "$HERE/screen.py" screen "$DOCKET" load q --array 1-30000 --each "echo {}" &&
    python3 "$HERE/screen.py" --check screen && tr "\r" "\n" <screen >s && grep -q "/30,000 added" s && not grep -q failed s &&
    docket load q --array 1-3000 --each "echo {}" && not test -s err' 200

done_testing
