# clients/python/docket.py: the native API from Python, with nothing but the standard library (python3 -I -S).
. "$(dirname "$0")/lib.sh"

c() { py python_client "$@"; }

# more_than N: so many tasks are pending.
more_than() { api GET queues/q && test "$(json .counts.pending)" -gt "$1"; }

it 'finds the server of the data directory, and its token' 'server && c hello && has out "$(url)" && unset DOCKET_DATA && HOME=$T/h && export HOME &&
    mkdir -p h/.local/share && ln -s "$DATA" h/.local/share/docket && c hello && has out "$(url)" && mkdir d && export XDG_DATA_HOME="$T/d" &&
    not c hello && ln -s "$DATA" d/docket && c hello'

it 'finds the one that is named; the token of its directory, or one that is named' '
    server && c hello_to "$(url)" && c hello_to "$(url)/" && cp "$DATA/token" tok && DOCKET_SERVER=$(url) && export DOCKET_SERVER && c hello &&
    has out "$(url)" && export DOCKET_DATA="$T/none" && not c hello_to "$(url)" && has err "needs a token" &&
    c hello_to "$(url)" tok && export DOCKET_TOKEN_FILE="$T/tok" && c hello_to "$(url)" && unset DOCKET_TOKEN_FILE &&
    export DOCKET_TOKEN="$(cat tok)" && c hello_to "${DOCKET_SERVER#http://}"'

it 'no server, one that left its file, one that does not listen: said at once' '
    c away && has out "docket serve" && server && kill9 && c away && has out "no server is running" && c away http://127.0.0.1:1 &&
    has out "onnection refused"'

it 'one that is silent, one that is no docket' 'c silent && c stranger'

it 'a wrong token; files that are not there; addresses that are none' '
    server && echo wrong >tok && : >empty && c wrong_token tok && c bad_files missing empty'

it 'a token in the environment with a line end is the token; one that no header carries is in no message' '
    server && add "echo hi" && port=$(url) && export DOCKET_SERVER="$port" DOCKET_DATA=none && for end in "\n" "\r\n" " # mine"; do
        export DOCKET_TOKEN="$(printf "%s$end." "$(cat "$T/data/token")")" && DOCKET_TOKEN=${DOCKET_TOKEN%.} && docket list && has out q && exits 0 python3 "$ROOT/clients/python/docket.py" work q --idle-timeout 0 -j 1 || return; done &&
    export DOCKET_TOKEN=hüsh && exits 1 docket list && has err "no token has" && lacks err hüsh && : >err && { exits 1 python3 "$ROOT/clients/python/docket.py" work q 2>err; } && has err "no token has" && lacks err hüsh && unset DOCKET_TOKEN DOCKET_DATA DOCKET_SERVER'

it 'with TLS: the key in the data directory is believed, another is not' '
    tls && server && unset CURL_CA_BUNDLE && c hello && c hello_to "$(url)" && sed "s|sha256//.|sha256//_|" "$DATA/server" >bad && cp bad "$DATA/server" &&
    c away "$(url)" && has out "another key" && c away && has out "no server is running"'

it 'with TLS from elsewhere: a certificate that somebody trusts, by its name' '
    tls && server && cp "$DATA/token" tok && export DOCKET_DATA="$T/none" && c away "$(url)" && has out "not trusted" && c hello_to "$(url)" tok tls.pem &&
    export DOCKET_CA_FILE="$T/tls.pem" && c hello_to "$(url)" tok && certificate other && export DOCKET_CA_FILE="$T/other.pem" &&
    c away "$(url)" && has out "not trusted" && not c hello_to "$(url)" tok tok && has err "no certificates"'

it 'a server whose key changes over a restart' '
    tls && server && add a && py_begin python_client held_while "$T/go" && wait_for "test -e held" && certificate tls && restart && touch go &&
    wait $program && has python_client.out accepted'

it 'through a proxy: HTTPS_PROXY, NO_PROXY' '
    tls && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.pem -days 30 -subj /CN=docket.test \
        -addext "subjectAltName=DNS:docket.test,IP:127.0.0.1" 2>openssl && server && cp "$DATA/token" tok &&
    c proxied "$(url | sed "s/.*://")" tok tls.pem'

it 'names of queues' 'server && c names'
it 'queues: made, changed, paused, listed, deleted' 'server && c policy'
it 'what happens to tasks: retry, rerun, recover, revive, cancel' 'server && c events'
it 'tasks: unicode, newlines, nested payloads; lists, filters, outputs, results' 'server && c tasks'
it 'waiting for a task and for a queue' 'server && c waits'
it 'a large result goes as bytes' 'server && c large'

it '100,000 tasks out of a generator: memory stays flat' 'server && c bulk 100000 && cat out >&2' 200
it 'a bulk add: sets, keys, a bad line, an iterable that breaks, one that is taken up again' 'server && c bulk_odd'
it 'a bulk add whose answers get lost: each task once' 'server && c bulk_lossy && counts pending=1000'
it 'a bulk add over a kill and a restart of the server: nothing lost, nothing twice' '
    server && py_begin python_client bulk_slowly 400 0.02 && wait_for "more_than 20" && crash && sleep 1 && restart && wait $program &&
    has python_client.out "lines=400, added=400" && counts pending=400 && api GET "queues/q/tasks?limit=1000" &&
    field "[.tasks[].payload]|unique|length" 400'
it 'a lease: given back, failed by an exception, finished once' 'server && c leases'
it 'a lease renews itself' 'server lease=1s && add a && c renewed && task a && field .attempt_count 1'
it 'it tells that it was cancelled or lost' 'server lease=1s && add a && add b && c told'
it 'a result is not lost over a restart of the server' '
    server lease=30s && add a && py_begin python_client held_while "$T/go" && wait_for "test -e held" && kill9 && touch go && sleep 1.5 && start && wait $program &&
    has python_client.out accepted && state a succeeded && counts succeeded=1'
it 'a server that stays away: said after the patience that was asked for' 'server && add a && c patience && left 137'
it 'answers that get lost: a claim is one claim, a finish one finish' 'server && c lossy'
it 'what an unread answer handed out goes back at the end' 'server && add a && c swept && counts pending=1'
it 'a process that ends in order gives back what it holds' '
    server && add a && add b && exits 3 c ends exit && counts pending=2 && exits 1 c ends exception && counts pending=2 && c ends fall && counts pending=2'
it 'one that is killed does not; its lease ends, and the task goes to another' '
    server lease=30s && add a && add b && exits 137 c ends kill && counts running=2 && clock +31s && claim w max=5 && got a b'
it 'children that were forked' 'server && add_many 13 && c forks && counts "pending=1 succeeded=12"'
it 'threads share a client' 'server && c threads'

# run_shown FILE: the Python in it, with fewer tasks and less waiting, jobs at this machine.
run_shown() {
    sed -n '/^```python$/,/^```$/p' "$ROOT/$1" | sed '/^```/d; s/1_000_000/100/; s/wait=[0-9]*/wait=1/; s/"cluster"/"local"/; s/workers=48/workers=1/; s|./solve --steps 500|true|' >shown.py && test -s shown.py && python3 -I -S -B -W error -c "import sys; sys.path.insert(0, sys.argv[1]); import runpy; runpy.run_path('shown.py')" "$ROOT/clients/python"
}

it 'what the READMEs show' '
    server && run_shown README.md && counts succeeded=1000 survey && api DELETE queues/survey && run_shown clients/python/README.md &&
    counts succeeded=101 survey && counts pending=1 walks' 200

done_testing
