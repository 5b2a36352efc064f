# A server's first start, its files, its end, and what keeps it from starting.
. "$(dirname "$0")/lib.sh"

on_default_port() {
    "$DOCKET" serve --data "$DATA" >>server.log 2>&1 </dev/null &
    echo $! >"$DATA.pid"
    wait_for ready && case $(port_of) in 50[0-9][0-9]) ;; *) fail "it listens on $(url)" ;; esac
}
store_file() { ls "$DATA"/*.db "$DATA"/*.sqlite 2>/dev/null | head -1; }
newer() {
    if [ "$(sqlite3 "$(store_file)" "PRAGMA user_version")" -gt 0 ]; then echo "PRAGMA user_version = 9999"
    else echo "UPDATE schema SET version = 9999"; fi
}

# refuses STATUS TEXT OPTION…: serve does not start, says one line holding TEXT (and a hint), and ends with STATUS.
refuses() {
    wanted=$1 text=$2
    shift 2
    exits "$wanted" docket serve "$@" && one_line err && head -1 err | grep -qF -- "$text" || fail "stderr lacks '$text'"
}

port_of() { url | sed 's/.*://'; }

it 'first start: a private directory, a private token, an address that answers' '
    start && mode "$DATA" 700 && mode "$DATA/token" 600 && AUTH= api GET /healthz && status 200 &&
    field .status ok && field ".version|length>0" true && field ".uptime>=0" true'

it 'it says where it listens' 'start && has server.log "$(url)"'

it 'the token lets its bearer in, and stays the same over restarts' '
    start && cp "$DATA/token" before && api GET queues && status 200 && restart && same before "$DATA/token" &&
    api GET queues && status 200'

it 'without a token, with a wrong one, with another scheme: 401' '
    start && AUTH= api GET queues && refused 401 unauthorized &&
    AUTH="Bearer $(tr a-z b-za <"$DATA/token")x" api GET queues && refused 401 unauthorized &&
    AUTH="Bearer " api GET queues && refused 401 unauthorized && AUTH="Digest x" api GET queues &&
    refused 401 unauthorized'

it 'SIGTERM and SIGINT end it with 0, and DIR/server goes' '
    start && stop && not test -e "$DATA/server" && start && ended INT 0 && not test -e "$DATA/server"'

it 'on its way down it answers 503 stopping, and takes what had begun to arrive' '
    server && seen=$(python3 "$HERE/clients.py" stopping "$(url)" "$(cat "$DATA/token")" "$(cat "$DATA.pid")") &&
    is "$seen" "503 stopping 201" && left 0 && start && counts pending=1'

it 'it can be started again after SIGTERM and after kill -9, with everything there' '
    server && add a && restart && task a && field .command a && crash && task a && field .command a'

it 'a data directory in use is refused, naming it, and stays in use' '
    start && refuses 1 "in use" --data "$DATA" --listen 127.0.0.1:0 && has err "$(cat "$DATA.pid")" &&
    api GET queues && status 200'

it 'a port taken that was asked for is refused' '
    start && refuses 1 "$(port_of)" --data other --listen "127.0.0.1:$(port_of)"'

it 'the default port taken: the next free one' '
    DATA=$T/one on_default_port && DATA=$T/two on_default_port && not test "$(cat one/server)" = "$(cat two/server)"'

it 'a newer schema is refused and left alone' '
    start && stop && db=$(store_file) && sqlite3 "$db" "$(newer)" && cp "$db" before &&
    refuses 1 "schema 9999" --data "$DATA" --listen 127.0.0.1:0 && same before "$db"'

it 'a store that is no database is refused and left alone' '
    start && stop && db=$(store_file) && rm -f "$db"-* && head -c 8192 /dev/urandom >"$db" && cp "$db" before &&
    refuses 1 "$(basename "$db")" --data "$DATA" --listen 127.0.0.1:0 && same before "$db"'

it 'a data directory that is a file, or cannot be made: one line, 1' '
    : >file && refuses 1 file --data "$T/file" --listen 127.0.0.1:0 &&
    refuses 1 "$T/file" --data "$T/file/below" --listen 127.0.0.1:0'

it 'options that are not understood: one line, 2' '
    refuses 2 --nonsense --data "$DATA" --nonsense && refuses 2 listen --data "$DATA" --listen here &&
    refuses 2 listen --data "$DATA" --listen 127.0.0.1:99999 && refuses 2 listen --data "$DATA" --listen'

it 'an address that is not ours: one line, 1' 'refuses 1 192.0.2.1 --data "$DATA" --listen 192.0.2.1:0'

it 'a token file others can read is made private again or refused' '
    start && stop && chmod 644 "$DATA/token" && if launch && wait_for ready 5; then mode "$DATA/token" 600
    else left 1 && has server.log token; fi'

it 'ready within a second' 'b=$(date +%s%N) && start && e=$(date +%s%N) && test $(((e - b) / 1000000)) -lt 3000'

done_testing
