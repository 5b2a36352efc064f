# Claims, finishes and give-backs: one result of a task is accepted.
. "$(dirname "$0")/lib.sh"

results() { api POST queues/q/finish worker="$1" results="$2"; }

it 'claim, finish, claim again: nothing left' '
    server && add a && claim w && got a && finish w && outcome accepted && claim w && got && state a succeeded &&
    field .exitcode 0 && field .worker w'

it 'what a claim hands out' '
    server lease=60s && add a && claim w && field ".tasks[0].id" "$ID" && field ".tasks[0].lease>0" true &&
    field ".tasks[0].attempt" 1 && field ".tasks[0].until|test(\"Z\$\")" true && state a running &&
    field ".reason|length>0" true && field .worker w'

it 'max: so many, the oldest first' '
    server && add_many 5 && claim w max=3 && got t1 t2 t3 && claim w max=3 && got t4 t5'

it 'a failed one: failed, with its exit code, message and attempt' '
    server && add a && claim w && finish w 3 message="no such file" && outcome accepted && state a failed &&
    field .exitcode 3 && field .message "no such file" && field .failures 1 && field ".attempts|length" 1 &&
    field ".attempts[0].outcome" failed && field ".attempts[0].exitcode" 3 && field ".attempts[0].worker" w &&
    field ".finished|length" 24'

it 'max_attempts: pending again until they are used up' '
    server attempts=3 && add a && claim w && finish w 1 && state a pending && claim w && got a &&
    field ".tasks[0].attempt" 2 && finish w 1 && claim w && finish w 1 && state a failed && field .failures 3 &&
    field .attempt_count 3 && field "[.attempts[].attempt]|join(\" \")" "3 2 1"'

it 'a success after failures' '
    server attempts=2 && add a && claim w && finish w 1 && claim w && finish w 0 && state a succeeded &&
    field .failures 1'

it 'backoff: waiting, twice as long with each failure' '
    server attempts=4 backoff=10s && add a && claim w && finish w 1 && state a waiting &&
    field ".not_before|length" 24 && claim w && got && clock +11s && wait_for "state a pending" && claim w &&
    got a && finish w 1 && clock +11s && claim w && got && state a waiting && clock +11s &&
    wait_for "state a pending" && claim w && got a'

it 'the same result again: repeated, with the first outcome, whatever it says' '
    server && add a && claim w && finish w 0 && finish w 7 && outcome repeated &&
    field ".results[0].first" succeeded && state a succeeded && field .exitcode 0'

it 'repeated survives a restart' '
    server && add a && claim w && finish w 1 && crash && finish w 0 && outcome repeated &&
    field ".results[0].first" failed && state a failed'

it 'the same lease twice in one request' '
    server && add a && claim w &&
    results w "[{\"lease\":$LEASE,\"exitcode\":0},{\"lease\":$LEASE,\"exitcode\":1}]" &&
    outcome accepted repeated && state a succeeded'

it 'a lease of nobody, of another worker, of another queue: unknown' '
    server && make_queue q2 && add a && claim w && finish_lease w 999999 && outcome unknown &&
    finish_lease other "$LEASE" && outcome unknown &&
    api POST queues/q2/finish worker=w results="[{\"lease\":$LEASE,\"exitcode\":0}]" && outcome unknown &&
    state a running && finish w && outcome accepted'

it 'outcomes come in the order handed in' '
    server && add_many 3 && claim w max=3 &&
    results w "[{\"lease\":999,\"exitcode\":0},$(json "[.tasks[2,0]|{lease,exitcode:0}]" | jq -c . | tr -d "[]")]" &&
    outcome unknown accepted accepted && counts "running=1 succeeded=2"'

it 'finish and claim in one request' '
    server && add a && add b && claim w && finish_and_claim w && got b && finish_and_claim w && got &&
    counts succeeded=2'

it 'finish with nothing but a claim' '
    server && add a && api POST queues/q/finish worker=w claim=1 && status 200 && got a &&
    field ".results|tojson" "[]"'

it 'a result of any JSON is kept' '
    server && add a && claim w && finish w 0 result="{\"n\":[1,null,\"x\"]}" && api GET "tasks/$ID/result" &&
    status 200 && field "tojson" "{\"n\":[1,null,\"x\"]}"'

it 'an output is kept, as text and as bytes' '
    server && add a && claim w &&
    finish w 0 output="{\"stdout\":\"hello\\n\",\"stderr\":{\"base64\":\"//8A\"},\"stdout_size\":6,\"stderr_size\":1000}" &&
    api GET "tasks/$ID/output" && status 200 && field .stdout hello && field ".stderr.base64" "//8A" &&
    field .stdout_size 6 && field .stderr_size 1000 && field .attempt 1 && field .id "$ID"'

it 'a plain string is stdout' '
    server && add a && claim w && finish w 0 output=hello && api GET "tasks/$ID/output" && field .stdout hello &&
    field .stdout_size 5'

it 'given back: pending again, nothing counted' '
    server crashes=1 && add a && claim w && release w && outcome released && state a pending && field .failures 0 &&
    field .crashes 0 && release w && outcome lost && claim w && got a && field ".tasks[0].attempt" 2 && task a &&
    field ".attempts[1].outcome" released'

it 'a result after giving back is stale' '
    server && add a && claim w && release w && finish w && outcome stale && state a pending'

it 'the open leases of a worker' '
    server && add_many 3 && claim w max=2 && claim other && api GET "queues/q/leases?worker=w" && status 200 &&
    field ".leases|length" 2 && field ".leases[0]|keys|join(\" \")" "attempt id lease started until" && finish w &&
    api GET "queues/q/leases?worker=w" && field ".leases|length" 1 && api GET "queues/q/leases?worker=nobody" &&
    field ".leases|tojson" "[]" && api GET queues/q/leases && refused 400 bad_field worker'

it 'two results of one task: one is accepted' '
    server lease=10s && add a && claim w1 && clock +11s && claim w2 && got a && finish w2 0 && outcome accepted &&
    finish w1 1 && outcome stale && state a succeeded && field .exitcode 0'

it 'claims with wrong values are refused by name' '
    server && add a && api POST queues/q/claim "{}" && refused 400 bad_field worker &&
    api POST queues/q/claim worker= && refused 400 bad_field worker &&
    for bad in max=0 max=1001 max=1.5 max=x wait=-1 wait=61 wait=x lease_seconds=0 lease_seconds=2592001 nonce=5 begin=-1 begin=x; do api POST queues/q/claim worker=w "$bad" &&
    refused 400 bad_field "${bad%%=*}" || return; done && api POST queues/q/claim worker=w maximum=1 &&
    refused 400 unknown_field maximum && state a pending'

it 'finishes with wrong values are refused by name, and nothing of them is stored' '
    server && add_many 2 && claim w max=2 && good="{\"lease\":$LEASE,\"exitcode\":0}" &&
    api POST queues/q/finish results="[]" && refused 400 bad_field worker && results w "[$good,{\"exitcode\":0}]" &&
    refused 400 bad_field "results[1].lease" && results w "[$good,{\"lease\":1}]" &&
    refused 400 bad_field "results[1].exitcode" && results w "[$good,{\"lease\":1,\"exitcode\":\"0\"}]" &&
    refused 400 bad_field "results[1].exitcode" && results w "[$good,5]" && refused 400 bad_field "results[1]" &&
    results w "[$good,{\"lease\":1,\"exitcode\":0,\"colour\":1}]" &&
    refused 400 unknown_field "results[1].colour" &&
    results w "[$good,{\"lease\":1,\"exitcode\":0,\"output\":{\"stdout\":{\"base64\":\"!\"}}}]" &&
    refused 400 bad_field && results w 5 && refused 400 bad_field results &&
    api POST queues/q/finish worker=w started=5 && refused 400 bad_field started && counts running=2'

it 'renewals and releases with wrong values are refused by name' '
    server && for verb in renew release; do api POST queues/q/$verb "{}" && refused 400 bad_field worker &&
    api POST queues/q/$verb worker=w leases=5 && refused 400 bad_field leases &&
    api POST queues/q/$verb worker=w leases="[\"x\"]" && refused 400 bad_field "leases[0]" &&
    api POST queues/q/$verb worker=w lease="[]" && refused 400 unknown_field lease || return; done'

done_testing
