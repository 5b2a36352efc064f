# Results, whole outputs and payloads as bytes: in pieces, resumable, streamed back.
. "$(dirname "$0")/lib.sh"

# put PATH FILE [CURL OPTION…]; get PATH [CURL OPTION…]: bytes; what comes is in the file body.
put() {
    path=$1 file=$2
    shift 2
    STATUS=$(curl -s --max-time 80 -o body -D head -w '%{http_code}' -X PUT --data-binary "@$file" "$@" \
        -H "Authorization: Bearer $(cat "$DATA/token")" -H 'Content-Type: application/octet-stream' "$(url)/api/v1/$path")
    say "PUT $path $file -> $STATUS $(head -c 300 body)"
}
get() {
    path=$1
    shift
    STATUS=$(curl -s --max-time 80 -o body -D head -w '%{http_code}' "$@" \
        -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/api/v1/$path")
    say "GET $path $* -> $STATUS"
}
bytes() { head -c "$1" /dev/urandom; }
size() { status 200 && field .size "$1"; }
pieces() { sqlite3 "$(ls "$DATA"/*.db)" 'SELECT count(*) FROM body'; }
part() { echo "queues/q/leases/$LEASE/$1?worker=w"; }
claimed() { add a && claim w; }
answers() { get "$1" && status 200 && same body "$2"; }

it 'a result of bytes: put while the lease is open, accepted by finish, streamed back' '
    server && claimed && bytes 3000000 >f && put "$(part result)" f && size 3000000 && api GET "$(part result)" &&
    size 3000000 && finish w && outcome accepted && answers "tasks/$(id a)/result" f &&
    grep -qi "^content-type: application/octet-stream" head && grep -qi "^content-length: 3000000" head &&
    api GET queues/q/results && field ".results[0].result_size" 3000000 && field ".results[0].result" null'

it 'in parts, over a crash; a part that overlaps goes on from there; a gap is refused' '
    server && claimed && bytes 1000001 >f && head -c 300000 f >f1 && put "$(part result)" f1 && size 300000 && crash &&
    api GET "$(part result)" && size 300000 && tail -c +250001 f >f2 &&
    put "$(part result)&from=300001" f2 && refused 409 body_gap && put "$(part result)&from=250000" f2 && size 1000001 &&
    finish w && answers "tasks/$(id a)/result" f'

it 'chunked; from the beginning again it is another body; an empty one' '
    server && claimed && bytes 700000 >f && put "$(part result)" f -H "Transfer-Encoding: chunked" && size 700000 &&
    bytes 300000 >g && put "$(part result)" g && size 300000 && finish w && answers "tasks/$(id a)/result" g &&
    add b && claim w && : >e && put "$(part result)" e && size 0 && finish w && answers "tasks/$(id b)/result" e'

it 'whole outputs: the last 64 KiB with the task, all of it as bytes' '
    server && claimed && bytes 500000 | base64 -w 100 >f && bytes 10 | base64 >g && put "$(part stdout)" f &&
    size "$(wc -c <f)" && put "$(part stderr)" g && finish w 0 output=ignored && api GET "tasks/$(id a)/output" &&
    field .stdout_size "$(wc -c <f)" && json .stdout | head -c 65536 >shown && tail -c 65536 f >wanted && same shown wanted &&
    field .stderr "$(cat g)" && answers "tasks/$(id a)/stdout" f && answers "tasks/$(id a)/stderr" g'

it 'what was handed in as JSON can be had as bytes too' '
    server && claimed && finish w 0 output=printed result="{\"a\":1}" && printf printed >p && answers "tasks/$(id a)/stdout" p &&
    api GET "tasks/$(id a)/result" && field .a 1 && : >e && answers "tasks/$(id a)/stderr" e'

it 'a part of the bytes: Range' '
    server && claimed && bytes 600000 >f && put "$(part result)" f && finish w && at="tasks/$(id a)/result" &&
    get "$at" -H "Range: bytes=262140-262150" && status 206 && tail -c +262141 f | head -c 11 >r && same body r &&
    grep -qi "^content-range: bytes 262140-262150/600000" head && get "$at" -H "Range: bytes=-5" && status 206 &&
    tail -c 5 f >r && same body r && get "$at" -H "Range: bytes=599999-" && status 206 && tail -c 1 f >r && same body r &&
    get "$at" -H "Range: bytes=600000-" && refused 416 range_not_satisfiable && get "$at" -H "Range: lines=1-2" && status 200 &&
    same body f && get "$at" -H "Range: bytes=0-9999999" && status 206 && same body f'

it 'a Range that is not understood is passed over: all of the bytes' '
    server && claimed && bytes 600000 >f && put "$(part result)" f && finish w && at="tasks/$(id a)/result" &&
    for range in bytes=x bytes=5 bytes=1-2,5-6 bytes=7-3 bytes=2-x bytes=-; do
        get "$at" -H "Range: $range" && status 200 && same body f || return
    done'

it 'lease_not_found, lease_closed, and parts there are not' '
    server && claimed && echo x >f && put "queues/q/leases/999/result?worker=w" f && refused 404 lease_not_found &&
    put "queues/q/leases/$LEASE/result?worker=v" f && refused 404 lease_not_found && put "queues/q/leases/$LEASE/result" f &&
    refused 400 bad_field worker && put "$(part core)" f && refused 404 not_found && put "$(part result)" f && size 2 &&
    finish w && put "$(part result)" f && refused 409 lease_closed && api GET "$(part result)" && size 2'

it 'a lease that ends otherwise: its bytes are taken still, and stay with the attempt' '
    server lease=30s && claimed && bytes 400000 >f && head -c 300000 f >f1 && put "$(part result)" f1 && clock +31s &&
    state a pending && tail -c +300001 f >f2 && put "$(part result)&from=300000" f2 && size 400000 &&
    finish w && outcome stale && put "$(part result)" f1 && refused 409 lease_closed &&
    answers "tasks/$(id a)/result?attempt=1" f && add b && claim v && finish v 0 result=7 && api GET "tasks/$(id a)/result" &&
    field . 7'

it 'LIMIT_RAW_BODY: 64 MiB and a byte, told or not; the server stays small' '
    server && claimed && truncate -s 67108864 f && put "$(part result)" f -H "Transfer-Encoding: chunked" && size 67108864 &&
    echo >>f && put "$(part result)" f && refused 413 too_large && put "$(part stdout)" f -H "Transfer-Encoding: chunked" &&
    refused 413 too_large && finish w && outcome accepted && truncate -s 67108864 f && answers "tasks/$(id a)/result" f &&
    memory_below 150000' 180

it 'a payload: uploaded in parts, taken by the task that names it, streamed to the worker' '
    server && bytes 900000 >f && head -c 500000 f >f1 && tail -c +500001 f >f2 && put queues/q/payloads/p f1 && size 500000 &&
    put "queues/q/payloads/p?from=500000" f2 && size 900000 && field .payload p && api GET queues/q/payloads/p && size 900000 &&
    api POST queues/q/tasks payload_upload=p key=k && status 201 && ID=$(json ".ids[0]") && api GET queues/q/payloads/p &&
    refused 404 payload_not_found && claim w && field ".tasks[0].payload_size" 900000 &&
    field ".tasks[0]|has(\"payload\")" false && answers "tasks/$ID/payload" f && api GET "tasks/$ID" &&
    field .payload_size 900000 && api POST queues/q/tasks payload_upload=p key=k && status 201 && field ".ids[0]" "$ID"'

it 'a payload that is not there refuses the add, all of it' '
    server && api POST queues/q/tasks "{\"tasks\":[{\"command\":\"a\"},{\"payload_upload\":\"p\"}]}" &&
    refused 404 payload_not_found "'"'p'"'" && counts "" && api POST queues/q/tasks command=a payload_upload=p && refused 400 bad_field &&
    echo x >f && put queues/q/payloads/p f && api POST queues/q/tasks "{\"tasks\":[{\"payload_upload\":\"p\"},{\"payload_upload\":\"p\"}]}" &&
    refused 404 payload_not_found && counts "" && api GET queues/q/payloads/p && size 2'

it 'payloads in a stream of lines' '
    server && echo x >f && put queues/q/payloads/p f && put queues/q/payloads/r f &&
    printf "%s\n" "{\"payload_upload\":\"p\"}" "{\"payload_upload\":\"r\"}" "{\"payload_upload\":\"p\"}" >l &&
    TYPE=application/x-ndjson api POST queues/q/tasks @l && refused 400 bad_line "line 3" && field .added 2 &&
    counts pending=2'

it 'a small payload and a command have no bytes of their own' '
    server && api POST queues/q/tasks payload="{\"a\":[1]}" && status 201 && api GET "tasks/$(json ".ids[0]")/payload" &&
    status 200 && field ".a[0]" 1 && add b && api GET "tasks/$ID/payload" && refused 404 payload_not_found'

it 'a payload can be dropped; LIMIT_PAYLOAD_DAYS: after 7 days it is' '
    server && bytes 3000000 >f && put queues/q/payloads/p f && api DELETE queues/q/payloads/p && size 3000000 &&
    api DELETE queues/q/payloads/p && refused 404 payload_not_found && wait_for "is \"\$(pieces)\" 0" && put queues/q/payloads/r f &&
    clock +6d && api GET queues/q/payloads/r && size 3000000 && clock +25h && wait_for "is \"\$(pieces)\" 0" &&
    api GET queues/q/payloads/r && refused 404 payload_not_found'
it 'bodies go with their task, payloads with their queue, some pieces at a time' '
    server && claimed && bytes 5000000 >f && put "$(part result)" f && put "$(part stdout)" f && finish w 0 && put queues/q/payloads/p f &&
    api POST queues/q/tasks payload_upload=p && ID=$(json ".ids[0]") && api DELETE "tasks/$(id a)" && api DELETE "tasks/$ID" &&
    wait_for "is \"\$(pieces)\" 0" && put queues/q/payloads/r f && api DELETE queues/q && wait_for "is \"\$(pieces)\" 0" &&
    is "$(sqlite3 "$(ls "$DATA"/*.db)" "SELECT (SELECT count(*) FROM body_raw) + (SELECT count(*) FROM payload)")" 0'

it 'full: payloads are refused, a result goes on from the reserve' '
    FAULTS=1 && server && claimed && bytes 3000000 >f && disk $(($(disk_used) - 14 * 1024 * 1024)) &&
    wait_for "api POST queues/q/tasks command=c && refused 507 storage_full" && put queues/q/payloads/p f &&
    refused 507 storage_full && bytes 600000 >g && put "$(part result)" g && size 600000 && finish w && outcome accepted &&
    answers "tasks/$(id a)/result" g'

it 'who reads slowly holds up nobody, and pins nothing' '
    server && claimed && bytes 30000000 >f && put "$(part result)" f && finish w && mkdir slow &&
    { (cd slow && get "tasks/$(id a)/result" --limit-rate 4M) & p=$!; } &&
    for i in 1 2 3 4 5; do add_many 1000 || return; done && wait $p && same slow/body f'

it 'docket output --result and --whole, docket task' '
    server && claimed && bytes 2000000 >f && put "$(part result)" f && seq 50000 >g && put "$(part stdout)" g && finish w &&
    docket output "$(id a)" --result && same out f && docket output "$(id a)" --whole && same out g &&
    docket output "$(id a)" && tail -c 65536 g >end && same out end && has err whole && docket task "$(id a)" &&
    has out "2000000 bytes: docket output $(id a) --result > FILE" && add b && claim w && finish w 0 result="[1]" &&
    docket output "$(id b)" --result && has out "[1]" && docket output "$(id b)" --whole && lines out 0 && add c &&
    exits 3 docket output "$(id c)" --result && one_line err'

it 'an old store: bodies of before are cut into pieces' '
    server && claimed && finish w 0 output=old result="[1,2]" && stop &&
    db=$(ls "$DATA"/*.db) && sqlite3 "$db" "
        CREATE TABLE b2 (kind INTEGER NOT NULL, ref INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (kind, ref)) WITHOUT ROWID;
        INSERT INTO b2 SELECT kind, ref, bytes FROM body; INSERT INTO b2 VALUES (1, 77, zeroblob(600000));
        DROP TABLE body; ALTER TABLE b2 RENAME TO body; DROP TABLE body_raw; DROP TABLE body_gone; DROP TABLE payload;
        ALTER TABLE spec DROP COLUMN payload_body; ALTER TABLE spec DROP COLUMN payload_size;
        ALTER TABLE upload DROP COLUMN error_line; ALTER TABLE upload DROP COLUMN error_code;
        ALTER TABLE upload DROP COLUMN error_detail;
        DROP TABLE pending; DROP TABLE timed; DROP TABLE ended_badly; DROP TABLE change;
        DROP TABLE credential; ALTER TABLE account DROP COLUMN role; ALTER TABLE account DROP COLUMN password;
        ALTER TABLE queue DROP COLUMN face_lease_us; ALTER TABLE operation DROP COLUMN live; ALTER TABLE operation DROP COLUMN ended;
        DROP TABLE dataset; DROP TABLE target; DROP TABLE truth; DROP TABLE coverage; DROP TABLE audit; DROP TABLE audit_sum; DROP TABLE client;
        DROP TABLE site_share; DROP TABLE scale; DROP TABLE job; DROP TABLE site;
        CREATE INDEX task_pending ON task (queue, priority DESC, id) WHERE state = 1;
        CREATE INDEX task_waiting ON task (not_before) WHERE state = 0 AND unmet = 0;
        CREATE INDEX task_timed ON task (queue) WHERE state = 0 AND unmet = 0;
        CREATE INDEX task_ended_badly ON task (queue, state, id) WHERE state >= 4; CREATE INDEX task_rev ON task (rev);
        ALTER TABLE mark DROP COLUMN task; ALTER TABLE mark DROP COLUMN lease;
        ALTER TABLE mark DROP COLUMN packed; ALTER TABLE mark DROP COLUMN kept; ALTER TABLE lease DROP COLUMN raw;
        PRAGMA user_version = 2" && start && api GET "tasks/$(id a)/output" &&
    field .stdout old && api GET "tasks/$(id a)/result" && field ".[1]" 2 &&
    is "$(sqlite3 "$db" "SELECT group_concat(length(bytes)) FROM body WHERE ref = 77")" "262144,262144,75712"'

done_testing
