# Several listeners of one server: each with its own address, plain or a face's, with its own root and its own dataset; everything else is
# the same on all of them.
. "$(dirname "$0")/lib.sh"

# places: four addresses nobody has, in $A, $B, $C and $D.
places() { A=127.0.0.1:$(quiet_port) B=127.0.0.1:$(quiet_port) C=127.0.0.1:$(quiet_port) D=127.0.0.1:$(quiet_port); }

# at PLACE STEP…: the step asks there, and not where the data directory says.
at() {
    PLACE=$1
    shift
    "$@"
    r=$?
    PLACE=
    return "$r"
}
PLACE=
url() { if [ -n "$PLACE" ]; then echo "http${TLS:+s}://$PLACE"; else sed -n 's|.*"url": *"\([^"]*[^/"]\)/*".*|\1|p' "$DATA/server"; fi; }

me() { command id -un; }
encoded() { jq -rn --arg t "$1" '$t|@uri'; }

# dataset NAME [MEMBER]: one of two tables with a CEA and a CTA target each. MEMBER: '"open":true'.
dataset() {
    printf '%s\n' "{\"dataset\":{${2:-}}}" >ds && for t in one two; do
        printf '{"table":"%.3s-%s","header":["a","b"],"data":[["a","x"],["b","y"]],"cea":[[1,0]],"cta":[[0]]}\n' "$1" "$t" >>ds; done &&
        echo '{"end":{"tables":2}}' >>ds && TYPE=application/x-ndjson api PUT "queues/$(encoded "$1")/tables" @ds && status 201
}

# work CLIENT NAME: the table that is handed out to it is called so.
work() { api POST "/getWork?client=$1" && status 200 && field .name "$2"; }
solve() { api PUT "/storeResult/$2/?client=$1" '{"cea":[{"row_id":1,"col_id":0,"mapped":"Q1"}],"cta":[],"cpa":[],"errors":""}' && status 200; }

# home ACCEPT [CURL ARGUMENT…]: what the root answers one who accepts that; in `page` and `head`.
home() {
    accept=$1
    shift
    STATUS=$(curl -s -A Mozilla/5.0 -H "Accept: $accept" -D head -o page -w '%{http_code}' "$@" "$(url)/")
    say "GET $(url)/ as $accept -> $STATUS $(head -c 700 page)"
}
as_me() { home text/html -u "$(me):$(cat "$DATA/token")"; }
page_has() { grep -qF -- "$1" page || fail "the page lacks: $1"; }
page_lacks() { ! grep -qF -- "$1" page || fail "the page has: $1"; }

# refuses TEXT OPTION…: docket serve does not start; its one line has the TEXT. Status 2.
refuses() {
    text=$1
    shift
    exits 2 docket serve --data "$T/none" "$@" && one_line err && head -1 err | grep -qF -- "$text" || fail "stderr lacks '$text'" || return
    not test -e "$T/none"
}

it 'each answers; the line at the start names them all, and the data directory the first plain one' '
    places && start --listen "$A=qdo" --listen "$B" --listen "$C=tables:one" --listen "$D" && is "$(url)" "http://$B" &&
    has server.log "listening on http://$A (qdo), http://$B, http://$C (tables: one), http://$D, data in $DATA" && make_queue q && add a &&
    for p in $A $B $C $D; do at $p api GET queues && status 200 && field ".queues[0].queue" q && at $p api GET /healthz && status 200 || return; done &&
    stop && not test -e "$DATA/server" && start --listen "$C=tables" --listen "$A=qdo" && is "$(url)" "http://$C" && docket list && has out q'

it 'a queue is the same through any of them: what is added here wakes who waits there; verbs and workers come in by a face' '
    places && start --listen "$A" --listen "$B=tables" --listen "$C=qdo" && make_queue q && at $B waiting w POST queues/q/claim "{\"worker\":\"w\",\"wait\":60}" &&
    at $C add a && answered w && got a && at $B add b && DOCKET_SERVER=http://$C DOCKET_TOKEN_FILE=$DATA/token docket work q --idle-timeout 0 &&
    counts "running=1 failed=1" && at $B api PUT /"$(me)"/queues/r "{}" && status 201 && at $B api GET /site/info && status 200 && at $C api GET queues/r && status 200'

it 'the root of qdo is its document, for browsers too; elsewhere browsers get a page' '
    places && start --listen "$A" --listen "$B=qdo" && at $B home text/html && status 200 && jq -e .links.qdo page && page_has "http://$B/site/login" &&
    home text/html && page_has "not signed in" && home application/json && jq -e .links.login page && at $B home application/json && jq -e .version page'

it 'a listener says which dataset is meant; a path says it louder; a plain one says nothing' '
    places && start --listen "$A" --listen "$B=tables:one" --listen "$C=tables:$(me)/two" --listen "$D=tables" && at $B api POST "/getWork?client=r" && refused 404 queue_not_found "'"'one'"'" &&
    dataset one && at $B work r one-one && at $C api POST "/getWork?client=r" && refused 404 queue_not_found "'"'two'"'" && dataset two && at $C work r two-one && at $B solve r one-one && at $C solve r two-one &&
    at $B work r one-two && for p in $A $D; do at $p api POST "/getWork?client=r" && refused 409 several_datasets "$(me)/one, $(me)/two" || return; done &&
    at $B api POST /tables/two/getStats && status 200 && field .tables.result 1 && at $C api POST "/tables/one/getWork?client=s" &&
    at $B api POST /getStats && field "[.tables.result,.tables.unfinished]|join(\" \")" "1 1" && at $C api PUT "/storeResult/one-two/?client=r" "{}" && refused 404 table_not_found'

it 'an open dataset is open where the listener means it, and nowhere else' '
    places && start --listen "$A" --listen "$B=tables:one" --listen "$C=tables:two" && dataset one "\"open\":true" && dataset two &&
    AUTH= at $B work r one-one && AUTH="Basic bm9ib2R5Om5vYm9keQ==" at $B work r one-two && AUTH= at $C api POST "/getWork?client=r" && refused 401 unauthorized &&
    AUTH= at $A api POST "/getWork?client=r" && refused 401 unauthorized && AUTH= at $B api POST /getStats && refused 401 unauthorized'

it 'the root of a listener of tables: the figures, for those who may see them' '
    places && start --listen "$A" --listen "$B=tables:one" && dataset one "\"open\":true" && at $B work r one-one && at $B solve r one-one &&
    at $B home text/html && status 200 && page_has "not signed in" && page_has "<form method=\"post\" action=\"/login\">" && page_lacks one && at $B as_me && status 200 &&
    page_has "<h1>one</h1>" && page_has "<b>$(me)</b>" && page_has "<th>Tables</th><td>2</td>" && page_has "<th>with a result</th><td>1</td>" && page_has "<th>with an error</th><td>0</td>" &&
    page_has "<th>unfinished</th><td>1</td>" && page_has "<th>CEA</th><td>1 of 2, 50.0 %</td>" && page_has "<th>CTA</th><td>0 of 2, 0.0 %</td>" && page_has "<th>CPA</th><td>0 of 0, 0.0 %</td>" &&
    page_has "1 within a minute, 1 within a quarter of an hour" && page_has "<th>Time left</th><td>not known yet</td>" && api POST queues/one/pause && at $B as_me && page_has "it is paused" &&
    api POST queues/one/resume && at $B work r one-two && at $B solve r one-two && at $B as_me && page_has "it is finished" && as_me && page_lacks "<table>"'

it 'signing in at a listener of tables leads back to its figures' '
    places && start --listen "$A" --listen "$B=tables:one" && dataset one && docket user link "$(me)" && link=$(sed -n "s/.*login?link=//p" out) &&
    is "$(curl -s -c jar -o page -w "%{http_code} %{redirect_url}" -d "link=$link" "http://$B/login")" "303 http://$B/" && at $B home text/html -b jar && page_has "<h1>one</h1>" &&
    is "$(curl -s -b jar -o page -w "%{http_code}" -H "Sec-Fetch-Site: same-origin" -X POST "http://$B/logout")" 303 && at $B home text/html -b jar && page_has "not signed in"'

it 'the figures are nobody else'"'"'s: another account, a token that is to work, no dataset, several' '
    places && start --listen "$A" --listen "$B=tables:$(me)/one" --listen "$C=tables" && dataset one && echo ada-password >p && docket user add ada --password-file p &&
    at $B home text/html -u ada:ada-password && status 404 && page_lacks "<h1>one</h1>" && docket token create --worker one && token=$(grep -v " " out | tail -n 1) &&
    at $B home text/html -H "Authorization: Bearer $token" && status 403 && page_has "may only work" && at $C as_me && page_has "<h1>one</h1>" && dataset two && at $C as_me && status 409 &&
    page_has "$(me)/one, $(me)/two" && api DELETE queues/one && api DELETE queues/two && at $C as_me && status 404 && page_has "there is no dataset"'

it 'what a dataset is called is text; a name with blanks and commas is written as in a URL' '
    places && name="<img src=x onerror=alert(1)>, \"&" && start --listen "$A" --listen "$B=tables:$(encoded "$name")" && dataset "$name" && at $B as_me && status 200 &&
    page_lacks "<img" && page_has "<h1>&lt;img src=x onerror=alert(1)&gt;, &quot;&amp;</h1>" && has server.log "(tables: $name)"'

it 'in the environment and in a file, by blanks, commas and lines; docket config shows them' '
    places && listened() { is "$(jq -r .listen.value out)" "$1" && jq -r .listen.from out >from && has from "$2"; } &&
    DOCKET_LISTEN="$A, $B=qdo,[::1]:5007=tables:me/q" docket config --json && listened "$A $B=qdo [::1]:5007=tables:me/q" DOCKET_LISTEN &&
    printf "%s\n" "listen = $A" "log-level = info" "listen = $B=tables, $C=qdo" >conf && docket config --json --config conf && listened "$A $B=tables $C=qdo" conf &&
    DOCKET_LISTEN=$D docket config --json --config conf && listened "$D" DOCKET_LISTEN && docket config --json --config conf --listen "$D" --listen "$C=qdo" &&
    listened "$D $C=qdo" "command line" && PORT=5051 docket config --json --listen 0.0.0.0=tables --listen 5052=qdo --listen "[::1]" &&
    listened "0.0.0.0:5051=tables 5052=qdo [::1]:5051" "command line and environment PORT" && docket config --config conf && has out "$A $B=tables $C=qdo" &&
    { "$DOCKET" serve --data "$DATA" --config conf >server.log 2>&1 & echo $! >"$DATA.pid"; } && wait_for ready && at $C api GET queues && status 200 && has server.log "http://$B (tables)"'

it 'what is none is refused, naming it: a face, a dataset of a face that has none, names that are none' '
    places && refuses "a face is qdo or tables, not '"'nonsense'"'" --listen "$A=nonsense" && has err "$A=nonsense" && has err "command line" && refuses "a face is" --listen "$A=" &&
    refuses "a face is" --listen "$A=Tables" && refuses "a listener of qdo has no dataset" --listen "$A" --listen "$B=qdo:q" && refuses "the name of a queue" --listen "$A=tables:" &&
    refuses "the name of a queue" --listen "$A=tables:a/b/c" && refuses "the name of a user" --listen "$A=tables:/q" && refuses "the name of a user" --listen "$A=tables:a:b/q" &&
    refuses "two hexadecimal digits" --listen "$A=tables:100%" && refuses "two hexadecimal digits" --listen "$A=tables:%2x" && refuses "no NUL" --listen "$A=tables:q%00" &&
    refuses "the name of a queue" --listen "$A=tables:q%0A" && refuses "it must be ADDR:PORT" --listen "$A" --listen "here=tables" && has err "here=tables" &&
    refuses "it must be ADDR:PORT" --listen "=tables" && refuses "must name an address" --listen "" && refuses "must name an address" --listen " , " &&
    DOCKET_LISTEN="$A,$B=none" refuses DOCKET_LISTEN && has err "$B=none"'

it 'the same address twice is refused, however it is written' '
    port=$(quiet_port) && twice() { refuses "another listener has that address and port" --listen "$1:$port" --listen "$2:$port=qdo" && has err "$2:$port=qdo"; } &&
    twice 127.0.0.1 127.0.0.1 && twice 127.0.0.1 localhost && twice 0.0.0.0 127.0.0.1 && twice 127.0.0.1 0.0.0.0 && twice "[::1]" "[0::0:1]" && twice "[::]" "[::1]" && twice "[::]" 127.0.0.1 &&
    twice 0.0.0.0 "[::]" && twice "[::ffff:127.0.0.1]" 127.0.0.1 && docket config --listen "0.0.0.0:$port" --listen "[::1]:$port" && docket config --listen 127.0.0.1:0 --listen 127.0.0.1:0 &&
    start --listen 127.0.0.1:0 --listen 127.0.0.1:0=qdo && has server.log "(qdo)"'

it 'more than a server has (LIMIT_LISTENERS)' '
    many=$(for i in $(seq 16); do printf "127.0.0.1:0 "; done) && docket config --listen "$many" && refuses "there are more than 16" --listen "$many" --listen 127.0.0.1:0=qdo &&
    start --listen "$many" && is "$(grep -o "http://" server.log | wc -l)" 16'

it 'a port taken is refused, naming it, whichever it is; nothing is left behind' '
    places && start --listen "$A" --listen "$B=qdo" && exits 1 docket serve --data other --listen "$C" --listen "$B=tables" && one_line err && has err "127.0.0.1 port ${B#*:}" &&
    not test -e other/server && exits 1 docket serve --data other --listen "$A" --listen "$C" && has err "port ${A#*:}" && at $B api GET queues && status 200'

it 'passwords that fail are counted for an account, wherever they come in' '
    places && start --listen "$A" --listen "$B=qdo" --listen "$C=tables" && echo ada-password >p && docket user add ada --password-file p &&
    tried() { curl -s -o body -w "%{http_code}" -u ada:wrong "http://$1/api/v1/login" >code && say "$1: $(cat code)"; } && often() { tried "$1" && is "$(cat code)" 429; } &&
    for i in 1 2 3; do tried $A && is "$(cat code)" 401 && tried $B && is "$(cat code)" 401 || return; done &&
    for i in $(seq 30); do tried $C && [ "$(cat code)" = 429 ] && break; done && [ "$i" -le 10 ] && { often $A || { tried $C; often $A; }; } && { often $B || { tried $C; often $B; }; } && clock +1m && tried $A && is "$(cat code)" 401'

it 'what is counted is counted for the server: requests, connections' '
    places && start --listen "$A" --listen "$B=qdo" && make_queue q && for p in $A $B $B; do at $p api GET queues/q && status 200 || return; done && at $A api GET /metrics && cp body m &&
    has m "docket_http_requests_total{method=\"GET\",handler=\"/api/v1/queues/{queue}\",class=\"2xx\"} 3" && has m "docket_connections 1"'

it 'streams and bodies come in everywhere; on the way down every listener is told' '
    places && start --listen "$A" --listen "$B=qdo" --listen "$C=tables" && make_queue q && seq 20000 | sed "s/.*/{\"command\":\"x\"}/" >lines &&
    for p in $A $B $C; do TYPE=application/x-ndjson at $p api POST queues/q/tasks @lines && status 201 || return; done && counts pending=60000 && make_queue r &&
    at $B waiting b POST queues/r/claim "{\"worker\":\"w\",\"wait\":60}" && at $C waiting c POST queues/r/claim "{\"worker\":\"w\",\"wait\":60}" && stop && cp waiting.b body && got && cp waiting.c body && got &&
    start --listen "$B=qdo" && crash --listen "$B=qdo" --listen "$A" && at $A counts pending=60000'

it 'whoever fills one listener keeps nobody from the others' '
    places && ulimit -n 64 && start --listen "$A" --listen "$B=qdo" --listen "$C" --listen "$D=tables" && cat >fill.py <<END
import socket, sys, time
held = [socket.create_connection(place.split(":")) for place in sys.argv[1:] for _ in range(18)]
open("filled", "w").close()
time.sleep(60)
END
    { python3 fill.py "$A" "$B" "$C" & filler=$!; } && wait_for "test -e filled" && is "$(curl -s --max-time 20 -o body -w "%{http_code}" "http://$D/healthz")" 200; r=$?; kill $filler && wait_for ready; return $r'

it 'with a certificate every listener speaks TLS' '
    tls && places && start --listen "$A" --listen "$B=qdo" --listen "$C=tables" && has server.log "https://$A, https://$B (qdo), https://$C (tables)" && for p in $A $B $C; do
    at $p api GET queues && status 200 && is "$(curl -s -o plain -w "%{http_code}" "http://$p/healthz")" 400 || return; done'

done_testing
