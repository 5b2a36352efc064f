# Behind Debian's nginx and Caddy, by the snippets of packaging/, with TLS and a path: who asks, links, claims that wait, long
# bodies, verbs and workers.
. "$(dirname "$0")/../t/lib.sh"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# behind OPTION…: docket with the path /docket, trusting 127.0.0.1; with a certificate for what stands before it.
behind() {
    certificate proxy && export CURL_CA_BUNDLE="$T/proxy.pem" && start --behind 127.0.0.1 --base-path /docket "$@" &&
        SECURE=$(free_port) PLAIN=$(free_port) && PROXY=https://localhost:$SECURE/docket
}
# at_docket: the snippet on stdin with our ports and certificate.
at_docket() {
    sed "s|127.0.0.1:5000|$(url | sed 's|.*//||')|; s|listen 80;|listen 127.0.0.1:$PLAIN;|; s|listen 443 ssl;|listen 127.0.0.1:$SECURE ssl;|
        s|/etc/ssl/private/docket.example.key|$T/proxy.key|; s|/etc/ssl/docket.example.pem|$T/proxy.pem|; s|https://.host.request_uri|https://localhost:$SECURE\$request_uri|
        s|^docket.example {|https://localhost:$SECURE {\n\tbind 127.0.0.1\n\ttls $T/proxy.pem $T/proxy.key|"
}
# nginx [SED]: before docket, by the snippet, changed by SED.
nginx() {
    behind && at_docket <"$ROOT/packaging/nginx.conf" | sed "${1:-}" >site.conf && cat >nginx.conf <<END && mkdir temp || return
daemon off;
pid $T/nginx.pid.text;
worker_processes 1;
user $(whoami);
error_log $T/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path $T/temp/body;
    proxy_temp_path $T/temp/proxy;
    fastcgi_temp_path $T/temp/fastcgi;
    uwsgi_temp_path $T/temp/uwsgi;
    scgi_temp_path $T/temp/scgi;
    include $T/site.conf;
}
END
    /usr/sbin/nginx -e "$T/nginx.log" -p "$T" -c "$T/nginx.conf" >>"$T/nginx.log" 2>&1 &
    wait_for "curl -s $PROXY/healthz"
}
caddy() {
    behind && { printf '{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n' && at_docket <"$ROOT/packaging/Caddyfile"; } >Caddyfile || return
    /usr/bin/caddy run --config Caddyfile --adapter caddyfile >>"$T/caddy.log" 2>&1 &
    wait_for "curl -s $PROXY/healthz"
}

# through ADDRESS METHOD PATH [CURL OPTION…]: asked of the proxy, from that address of the loopback.
through() {
    from=$1 method=$2 path=$3
    shift 3
    STATUS=$(curl -s -g --max-time 100 --connect-to "localhost:$SECURE:127.0.0.1:$SECURE" --interface "$from" -o body -D head -w '%{http_code}' \
        -X "$method" -H Expect: ${ANONYMOUS--H "Authorization: Bearer $(cat "$DATA/token")"} "$@" "$PROXY$path")
    say "$from $method $path $* -> $STATUS $(head -c 300 body)"
}
# made ADDRESS NAME: the journal says of queue NAME that it was made from there.
made() { api GET journal && field "[.entries[]|select(.queue==\"$2\").from]|join(\" \")" "$1"; }

# known: whoever comes through the proxy is seen as who he is, whatever he says of himself; and whoever does not is refused.
known() {
    through 127.0.0.7 PUT /api/v1/queues/a && status 201 && made 127.0.0.7 a &&
        through 127.0.0.8 PUT /api/v1/queues/b -H 'X-Forwarded-For: 192.0.2.66' && status 201 && made 127.0.0.8 b &&
        through 127.0.0.8 PUT /api/v1/queues/c -H 'X-Forwarded-For: <garbage>, 127.0.0.1' -H 'X-Forwarded-For: 192.0.2.1' && status 201 &&
        made 127.0.0.8 c && through 127.0.0.7 GET /api/v1/openapi.json -H 'X-Forwarded-Host: evil.example' -H 'X-Forwarded-Proto: http' &&
        field '.servers[0].url' "$PROXY" && own=$(python3 "$HERE/clients.py" own-address) &&
        ANONYMOUS= through "$own" GET /metrics -H 'X-Forwarded-For: 127.0.0.1' && refused 401 unauthorized &&
        curl -s --interface 127.0.0.9 -H 'X-Forwarded-For: 127.0.0.1' -o body -D head -w '%{http_code}' "$(url)/metrics" >code &&
        STATUS=$(cat code) && refused 403 untrusted_proxy 127.0.0.9 && curl -s -o body -w '%{http_code}' "$(url)/metrics" >code && is "$(cat code)" 200
}
# signed_in: a link made through the proxy leads to it; the cookie is for TLS and our path; the journal knows the browser.
signed_in() {
    through 127.0.0.7 POST "/api/v1/users/$(command id -un)/links" && status 201 && link=$(json .url) && secret=${link#*=} && is "$link" "$PROXY/login?link=$secret" &&
        through 127.0.0.8 GET "/login?link=$secret" && status 200 && has body 'action="/docket/login"' &&
        through 127.0.0.8 POST /login -d "link=$secret" -H 'Origin: https://evil.example' && status 403 &&
        through 127.0.0.8 POST /login -d "link=$secret" -H "Origin: ${PROXY%/docket}" && status 303 && grep -qi '^location: /docket/.$' head &&
        grep -qi '^set-cookie: docket_session=[^;]*; Path=/docket; Max-Age=[0-9]*; HttpOnly; SameSite=Lax; Secure.$' head &&
        cookie=$(sed -n 's/^set-cookie: \([^;]*\);.*/\1/Ip' head) && ANONYMOUS= && through 127.0.0.8 GET /api/v1/queues -H "Cookie: $cookie" && status 200 &&
        through 127.0.0.8 GET / -H "Accept: text/html" -H "Cookie: $cookie" && has body 'href="/docket/api/v1/queues"' && unset ANONYMOUS &&
        api GET journal && field '[.entries[]|.action + " " + .from]|join(", ")' 'sign in 127.0.0.8, make link 127.0.0.7'
}
# bodies: 64 MiB as a payload, and back; a byte more is refused by docket, which a proxy that is still
# sending may not see: then it answers 502 or breaks off (000). Nothing of it is kept.
bodies() {
    head -c 67108864 /dev/urandom >big && through 127.0.0.7 PUT /api/v1/queues/q/payloads/p -H 'Content-Type: application/octet-stream' -T big &&
        status 200 && field .size 67108864 && through 127.0.0.7 POST /api/v1/queues/q/tasks -H 'Content-Type: application/json' \
        -d '{"payload_upload":"p"}' && status 201 && through 127.0.0.7 GET "/api/v1/tasks/$(json '.ids[0]')/payload" && status 200 && same big body &&
        head -c 67108865 /dev/zero >bigger && through 127.0.0.7 PUT /api/v1/queues/q/payloads/more -H 'Content-Type: application/octet-stream' -T bigger &&
        case $STATUS in 413 | 502 | 000) ;; *) fail "status $STATUS" ;; esac && through 127.0.0.7 GET /api/v1/queues/q/payloads/more &&
        refused 404 payload_not_found
}
# parked: a claim that nobody serves ends after its 60 s, and one that is served at once.
parked() {
    api PUT queues/empty && began=$(date +%s) && through 127.0.0.7 POST /api/v1/queues/empty/claim -H 'Content-Type: application/json' \
        -d '{"worker":"p","wait":60}' && status 200 && got && took=$(($(date +%s) - began)) && [ "$took" -ge 59 ] && [ "$took" -le 70 ] || fail "$took s"
}
served() {
    api PUT queues/q && mkdir aside && (cd aside && through 127.0.0.7 POST /api/v1/queues/q/claim -H 'Content-Type: application/json' \
        -d '{"worker":"p","wait":60}' && mv body ../claimed) &
    wait_for 'api GET queues/q && [ "$(json .workers)" = 1 ]' && add a && wait_for '[ -s claimed ]' 5 && cp claimed body && got a
}
# worked: verbs and a worker, from elsewhere.
worked() {
    cp "$DATA/token" token && unset DOCKET_DATA && export DOCKET_SERVER="$PROXY/" DOCKET_TOKEN_FILE="$T/token" DOCKET_CA_FILE="$T/proxy.pem" &&
        docket create w && docket add w -- 'echo "$DOCKET_SERVER"; docket=1' && seq 200 | sed 's/^/echo /' >lines && docket load w lines &&
        docket work w -j 2 --idle-timeout 0 && docket wait w && docket show w && docket results w >/dev/null && is "$(sed -n 1p out)" "$PROXY" &&
        docket list --names --server "$PROXY" --ca-file proxy.pem --token-file token && has out w && docket task 1 && docket output 1 && docket health &&
        docket backup copy.db && docket journal && docket top --once && is "$(sqlite3 copy.db "SELECT count(*) FROM task")" 201
}

it 'nginx: who asks, and where to find it' 'nginx && known'
it 'nginx: the path taken off by it' 'nginx "s|proxy_pass http://docket;|proxy_pass http://docket/;|" && known'
it 'nginx: a browser signs in by a link' 'nginx && signed_in'
it 'nginx: 64 MiB there and back' 'nginx && bodies' 120
it 'nginx: a claim that waits a minute' 'nginx && parked' 150
it 'nginx: a claim that is served, and one whose client leaves' '
    nginx && served && { timeout 1 curl -s -H "Authorization: Bearer $(cat "$DATA/token")" -H "Content-Type: application/json" \
        -d "{\"worker\":\"gone\",\"wait\":60}" "$PROXY/api/v1/queues/q/claim"; add b; } && claim w && got b'
it 'nginx: verbs and a worker' 'nginx && worked'
it 'nginx: http is sent to https, and a verb says where that is' '
    nginx && exits 4 docket list --server "http://localhost:$PLAIN/docket" && one_line err &&
    has err "sends its callers to https://localhost:$SECURE/docket" && has err "ask there: --server https://localhost:$SECURE/docket"'
it 'caddy: who asks, and where to find it' 'caddy && known'
it 'caddy: a browser signs in by a link' 'caddy && signed_in'
it 'caddy: 64 MiB there and back' 'caddy && bodies' 120
it 'caddy: a claim that is served' 'caddy && served'
it 'caddy: verbs and a worker' 'caddy && worked'

done_testing
