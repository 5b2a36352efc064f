# Why tasks failed, summed up by the server.
. "$(dirname "$0")/lib.sh"

failures() { api GET queues/q/failures && status 200; }
groups() { field '[.groups[]|"\(.count)×\(.exitcode):\(.text)"]|join("; ")' "$1"; }

# fail NAME EXITCODE MESSAGE
fail_with() { add "$1" && claim w && finish w "$2" message="$(jq -n --arg m "$3" '$m')"; }

it 'none' '
    server && add a && failures && field ".groups|length" 0 && field .failed 0 && field .killed 0 && field .complete true &&
    field "keys|join(\" \")" "complete failed groups killed looked_at others"'

it 'those that ended alike are one group, the most frequent first' '
    server && for n in 1 2 3; do fail_with f$n 1 "cat: /x/$n: No such file" || return; done &&
    fail_with g 2 "bad input" && fail_with h 1 "bad input" && failures &&
    groups "3×1:No such file; 1×2:bad input; 1×1:bad input" && field ".groups[0].first" 1 &&
    field ".groups[0].command" f1 && field ".groups[0].state" failed && field .looked_at 5'

it 'numbers and quoted names do not tell groups apart' '
    server && fail_with a 1 "line 17 of \"x\" is short" && fail_with b 1 "line 9 of \"yy\" is short" && failures &&
    groups "2×1:line 17 of \"x\" is short"'

it 'without a message the last line of stderr stands for it, made safe' '
    server && add a && claim w && finish w 3 "output={\"stderr\":\"one\\ntwo: it broke\\u001b[31m\\n\\n\"}" && failures &&
    groups "1×3:it broke\\x1b[31m" && add b && claim w && finish w 4 "output={\"stderr\":{\"base64\":\"/////w==\"}}" &&
    failures && field ".groups|length" 2'

it 'killed ones by their reason' '
    server crashes=1 && add a && add b && claim w begin=1 && clock +61s && state a killed && api POST queues/q/cancel &&
    failures && field "[.groups[].state]|join(\" \")" "killed killed" && field "[.groups[].exitcode]|tostring" "[null,null]" &&
    field .killed 2'

it 'payloads stand where commands would' '
    server && api POST queues/q/tasks payload="{\"n\":1}" && claim w && finish w 1 && failures &&
    field ".groups[0].payload.n" 1'

it 'twenty groups at most, the others counted; a task retried is out of it' '
    server && for n in a b c d e f g h i j k l m n o p q r s t u v; do fail_with t$n 1 "$n is not a thing" || return; done &&
    failures && field ".groups|length" 20 && field .others 2 && api POST queues/q/retry && failures &&
    field ".groups|length" 0'

it 'more than a slice, and other requests go on beside it' '
    server && python3 "$HERE/clients.py" failed "$(url)" "$(cat "$DATA/token")" 3000 && failures &&
    groups "3000×1:No such file" && field .complete true && 
    for n in 1 2 3 4 5 6; do curl -s -H "Authorization: Bearer $(cat "$DATA/token")" \
        "$(url)/api/v1/queues/q/failures" >"f$n" & done; add a && claim w && got a &&
    wait_for "grep -l complete f1 f2 f3 f4 f5 f6 | wc -l | grep -q 6" && is "$(jq -s "map(.groups[0].count)|add" f?)" 18000'

it 'LIMIT_FAILURES: 100,001 failed: the first 100,000 are looked at, and it is said' '
    server && python3 "$HERE/clients.py" failed "$(url)" "$(cat "$DATA/token")" 100001 && failures &&
    groups "100000×1:No such file" && field .failed 100001 && field .complete false' 240

done_testing
