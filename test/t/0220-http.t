# Bytes that are no good HTTP, and crowds: the server stays up and answers the next one.
. "$(dirname "$0")/lib.sh"

# raw BYTES: sent as they are (with \r\n written out); the answer is in the file `answer`.
raw() { printf '%s' "$1" | python3 "$HERE/clients.py" raw "$(url)" >answer; say "$1 -> $(head -c 300 answer)"; }
answered() { head -1 answer | grep -q " $1 " || fail "it was answered $(head -1 answer)"; }
well() { api GET /healthz && status 200; }

it 'HTTP/1.1 without Host' '
    start && raw "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n" && answered 400 &&
    grep -q bad_request answer && well'

it 'both framing headers' '
    start &&
    raw "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" &&
    answered 400 && grep -q bad_request answer && well'

it 'a length that is none' '
    start && raw "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n" && answered 400 &&
    raw "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n" && answered 400 && well'

it 'noise' '
    start &&
    for noise in "\x00\x01\x02\r\n\r\n" "GET\r\n\r\n" "\r\n\r\n\r\n" "GET  HTTP/9.9\r\n\r\n" "\x16\x03\x01\x02\x00\x01"; do
        raw "$noise" &&
    well || return; done'

it 'a client that leaves in the middle of a body' '
    server && head -c 1000000 /dev/zero | tr "\0" " " >b &&
    { curl -s --max-time 1 --limit-rate 1000 -H "Authorization: Bearer $(cat data/token)" -H "Content-Type: application/json" \
        -d @b "$(url)/api/v1/queues/q/tasks"; is $? 28; } && well && counts ""'

it 'a client that leaves before its body was read is noticed' '
    server && held=$(python3 "$HERE/clients.py" stranded "$(url)" "$(cat "$DATA/token")" "$(cat "$DATA.pid")") &&
    test "$held" -lt 5'

it 'two requests in one packet are answered in order' '
    start &&
    raw "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing/there HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" &&
    is "$(grep -ao "HTTP/1.1 [0-9]*" answer | tr "\n" " ")" "HTTP/1.1 200 HTTP/1.1 404 "'

it 'Content-Length twice is refused' '
    start && raw "POST /api/v1/queues/q/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 30\r\nConnection: close\r\n\r\n" && answered 400'

it 'a whole URL as the target is a path' '
    start && for target in http://x/healthz https://x/healthz HTTPS://x:443/healthz https://x; do
        raw "GET $target HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" && answered 200 || return
    done'

it 'HTTP/1.0 is answered and closed' 'start && raw "GET /healthz HTTP/1.0\r\n\r\n" && answered 200'

it '1,000 idle connections hurt nobody' '
    server && set -- $(python3 "$HERE/clients.py" idle "$(url)" "$(cat "$DATA/token")" 1000) && is "$2" 1000 &&
    test "$1" -lt 1500 && add a && claim w && got a'

it '100 who do not read their answers hold up nobody' '
    server && add_many 5000 && set -- $(python3 "$HERE/clients.py" lazy "$(url)" "$(cat "$DATA/token")" \
        "/api/v1/queues/q/tasks?limit=1000" 100) && test "$1" -lt 3000 && claim w && got t1'

it 'a header twice, odd characters in headers' '
    start && raw "GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\nX: \xff\xfe\r\nConnection: close\r\n\r\n" &&
    head -1 answer >h && case $(cat h) in *" 200 "* | *" 400 "*) well ;; *) fail "$(cat h)" ;; esac'

it 'dots in a path are no way out' '
    start && raw "GET /api/v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" && answered 404 &&
    raw "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" &&
    head -1 answer | grep -q " 40[04] "'

done_testing
