# Behind a proxy: who asks is read from X-Forwarded-… headers of those that are trusted, refused from all others; URLs are told
# of as the client reaches them; everything answers behind the base path too.
. "$(dirname "$0")/lib.sh"

# from ADDRESS METHOD PATH [HEADER…]: as api, asked from that address of the loopback, with these headers and no others of ours
# than the token; $NO_TOKEN: without.
from() {
    address=$1 method=$2 path=$3
    shift 3
    : >headers
    for header; do printf '%s\n' "$header" >>headers; done
    [ -n "${NO_TOKEN:-}" ] || printf 'Authorization: Bearer %s\n' "$(cat "$DATA/token")" >>headers
    STATUS=$(curl -s -g --max-time 20 --interface "$address" -o body -D head -w '%{http_code}' -X "$method" -H @headers "$(url)$path")
    say "$address $method $path $* -> $STATUS $(head -c 300 body)"
}

# made ADDRESS PEER HEADER…: the journal says of a queue that is made so that it was from that address.
queues=0
made() {
    wanted=$1 peer=$2
    shift 2
    queues=$((queues + 1))
    from "$peer" PUT "/api/v1/queues/made$queues" "$@" && status 201 && api GET journal && status 200 &&
        field "[.entries[]|select(.queue==\"made$queues\").from]|join(\" \")" "$wanted"
}
# base URL PEER HEADER…: what openapi.json says that the server's is.
base() {
    wanted=$1 peer=$2
    shift 2
    from "$peer" GET /api/v1/openapi.json "$@" && status 200 && field '.servers[0].url' "$wanted"
}
port() { url | sed 's/.*://'; }
metrics() { NO_TOKEN=1 from "$@"; }
# bad TEXT HEADER…: refused with 400 that says so.
bad() {
    text=$1
    shift
    from 127.0.0.1 GET /api/v1/queues "$@" && refused 400 bad_request "$text"
}
many() { awk -v n="$1" -v what="$2" 'BEGIN { while (n--) printf "%s", what }'; }

it 'without a proxy: the address of the connection, whatever it asks for' '
    start && made 127.0.0.1 127.0.0.1 && made 127.0.0.9 127.0.0.9 && base "http://127.0.0.1:$(port)" 127.0.0.1 &&
    base http://docket.example:81 127.0.0.1 "Host: docket.example:81" && metrics 127.0.0.9 GET /metrics && status 200'

it 'headers of a proxy that is not trusted are refused, and logged once for each address' '
    start --behind 127.0.0.2 && for header in "X-Forwarded-For: 192.0.2.1" "x-forwarded-proto: https" "X-Forwarded-Server: p" \
        "Forwarded: for=192.0.2.1" "X-Real-IP: 192.0.2.1"; do
        metrics 127.0.0.3 GET /metrics "$header" && refused 403 untrusted_proxy 127.0.0.3 || return
    done && field ".hint|contains(\"--behind 127.0.0.3\")" true && from 127.0.0.4 GET /healthz "X-Forwarded-For: 192.0.2.1" &&
    refused 403 untrusted_proxy 127.0.0.4 && is "$(grep -c "127.0.0.3 sends headers of a proxy" server.log)" 1 &&
    is "$(grep -c "127.0.0.4 sends headers of a proxy" server.log)" 1 && from 127.0.0.3 GET /healthz && status 200'

it 'more addresses than are remembered: each is refused, the log does not grow' '
    start && for i in $(seq 1 40); do
        from "127.0.1.$i" GET /healthz "X-Forwarded-For: 192.0.2.1" && refused 403 untrusted_proxy || return
    done && is "$(grep -c "sends headers of a proxy" server.log)" 32 && is "$(grep -c "further addresses" server.log)" 1'

it 'a trusted one says who the client is: the last that is not trusted itself' '
    start --behind 127.0.0.2,10.0.0.0/8,2001:db8::/32 && made 192.0.2.1 127.0.0.2 "X-Forwarded-For: 192.0.2.1" &&
    made 192.0.2.1 127.0.0.2 "X-Forwarded-For: 198.51.100.7, 192.0.2.1" && made 192.0.2.1 127.0.0.2 "X-Forwarded-For: 6.6.6.6, 192.0.2.1 ,10.1.2.3" &&
    made 192.0.2.1 127.0.0.2 "X-Forwarded-For: 192.0.2.1" "X-Forwarded-For: 2001:db8::5,10.0.0.1" &&
    made 10.0.0.9 127.0.0.2 "X-Forwarded-For: 10.0.0.9,2001:db8::1" && made 192.0.2.1 127.0.0.2 "X-Forwarded-For: <script>, 192.0.2.1" &&
    made 2001:db9::1 127.0.0.2 "X-Forwarded-For: [2001:db9::1]:4711" && made 2001:db9::1 127.0.0.2 "X-Forwarded-For: [2001:DB9::1]" &&
    made 192.0.2.1 127.0.0.2 "X-Forwarded-For: 192.0.2.1:4711" && made 192.0.2.1 127.0.0.2 "X-Forwarded-For: ::ffff:192.0.2.1"'

it 'who comes through a trusted proxy is on this machine only if all of them are' '
    start --behind 127.0.0.2,10.0.0.0/8 && metrics 127.0.0.2 GET /metrics && status 200 &&
    metrics 127.0.0.2 GET /metrics "X-Forwarded-For: 127.0.0.1" && status 200 &&
    for header in "X-Forwarded-For: 192.0.2.1" "X-Forwarded-For: 127.0.0.1, 192.0.2.1" "X-Forwarded-For: 127.0.0.1, 10.0.0.1" \
        "X-Forwarded-Proto: https" "X-Real-IP: 127.0.0.1"; do
        metrics 127.0.0.2 GET /metrics "$header" && refused 401 unauthorized || return
    done'

it 'what a trusted proxy says and cannot be read is refused: LIMIT_FORWARDED, LIMIT_HOST' '
    start --behind 127.0.0.1 && bad "is no address" "X-Forwarded-For: unknown" && bad "is no address" "X-Forwarded-For: 192.0.2.1," &&
    bad "is no address" "X-Forwarded-For;" && bad "is no address" "X-Forwarded-For: 192.0.2.1 192.0.2.2" &&
    bad "is no address" "X-Forwarded-For: [::1" && bad "is no address" "X-Forwarded-For: 192.0.2.1:99999" &&
    bad "is no address" "X-Forwarded-For: [::1]x" && bad "4096 bytes" "X-Forwarded-For: $(many 500 "127.0.0.1,")127.0.0.1" &&
    bad "4096 bytes" "X-Forwarded-For: $(many 300 "127.0.0.1,")127.0.0.1" "X-Forwarded-For: $(many 300 "127.0.0.1,")127.0.0.1" &&
    bad "neither http nor https" "X-Forwarded-Proto: gopher" && bad "more than once" "X-Forwarded-Proto: http" "X-Forwarded-Proto: https" &&
    bad "is no host" "X-Forwarded-Host: a b" && bad "is no host" "X-Forwarded-Host: a/b" && bad "is no host" "X-Forwarded-Host: a:b" &&
    bad "is no host" "X-Forwarded-Host: [::1" && bad "is no host" "X-Forwarded-Host: a, b" && bad "is no host" "X-Forwarded-Host: $(many 254 a)" &&
    bad "is no port" "X-Forwarded-Port: 65536" && bad "names no host" "Host: a\"b" && bad "names no host" "Host: $(many 254 a)" &&
    from 127.0.0.1 GET /healthz "X-Forwarded-Host: $(many 253 a):65535" "X-Forwarded-For: $(many 400 "127.0.0.1,")127.0.0.1" && status 200'

it 'URLs are told of as the client reaches them' '
    start --behind 127.0.0.2 && base https://docket.example 127.0.0.2 "X-Forwarded-Proto: https" "X-Forwarded-Host: docket.example" &&
    base https://docket.example:8443 127.0.0.2 "X-Forwarded-Proto: HTTPS" "X-Forwarded-Host: docket.example" "X-Forwarded-Port: 8443" &&
    base https://docket.example 127.0.0.2 "X-Forwarded-Proto: https" "X-Forwarded-Host: docket.example" "X-Forwarded-Port: 443" &&
    base http://docket.example 127.0.0.2 "X-Forwarded-Proto: http" "Host: docket.example" "X-Forwarded-Port: 80" &&
    base http://docket.example:8080 127.0.0.2 "X-Forwarded-Host: docket.example:8080" "X-Forwarded-Port: 81" &&
    base "https://[2001:db8::1]:444" 127.0.0.2 "X-Forwarded-Proto: https" "X-Forwarded-Host: [2001:db8::1]:444"'

it 'a client that does not say what it asked for is told the address that it reached' '
    start && printf "GET /api/v1/openapi.json HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n" "$(cat "$DATA/token")" |
        python3 "$HERE/clients.py" raw "$(url)" | sed "1,/^\r*$/d" >body && field ".servers[0].url" "$(url)"'

it 'with a base path everything answers behind it and without it, and is told of with it' '
    start --base-path /tools/docket && api GET /tools/docket/healthz && status 200 && api GET /healthz && status 200 &&
    api PUT /tools/docket/api/v1/queues/q && status 201 && api GET queues/q && status 200 && base "$(url)/tools/docket" 127.0.0.1 &&
    api GET /tools/docketx/healthz && refused 404 not_found && api GET /tools/healthz && refused 404 not_found &&
    api GET /tools/docket && cp body one && api GET /tools/docket/ && is "$(jq -r .code one)" "$(json .code)" &&
    api POST /tools/docket/healthz && refused 405 method_not_allowed'

it 'nets and base paths that are none are refused by name: LIMIT_BEHIND, LIMIT_BASE_PATH' '
    for bad in nonsense 10.0.0.1/8 10.0.0.0/33 "10.0.0.1," "10.0.0.1 10.0.0.2" "::1/129" ",10.0.0.1" "$(many 65 "::1," | sed s/,$//)"; do
        exits 2 docket serve --behind "$bad" && one_line err && has err behind && has err "command line" || return
    done && exits 2 docket serve --behind "127.0.0.1,elsewhere" && has err "elsewhere" && DOCKET_BEHIND=x exits 2 docket config &&
    has err DOCKET_BEHIND && docket config --behind "$(many 64 "::1," | sed s/,$//)" && docket config --behind "10.0.0.0/8, ::1" &&
    for bad in docket /docket/ / //docket /a//b /a/../b /. "/a b" /ä "/$(many 128 a)" /api /api/x /healthz /metrics/x; do
        exits 2 docket serve --base-path "$bad" && one_line err && has err base-path || return
    done && docket config --base-path "/$(many 127 a)" && docket config --base-path /apis/a.b~c_d-e && not test -e "$DATA"'

done_testing
