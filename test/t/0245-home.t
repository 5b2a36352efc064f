# The listener for workers of other machines: TLS by the server's own key, on loopback, beside the others; and its port and key stay.
. "$(dirname "$0")/lib.sh"

# wanted: somebody has had need of it before.
wanted() { mkdir -m 700 -p "$DATA" && echo "${1:-0}" >"$DATA/home.port"; }
port() { cat "$DATA/home.port"; }
home() { echo "https://127.0.0.1:$(port)"; }
# key: the pin of whoever shows a certificate there.
key() {
    openssl s_client -connect "127.0.0.1:${1:-$(port)}" </dev/null 2>/dev/null | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der |
        openssl dgst -sha256 -binary | base64 | sed 's|^|sha256//|'
}
asks() { curl -sk --pinnedpubkey "$(key)" -o body -w '%{http_code}' "$@"; }

it 'nobody needs it: there is none, and no key' 'start && not test -e "$DATA/home.key" && not test -e "$DATA/home.port" && lacks server.log "other machines"'

it 'its key is a secret; its port and its key are the same after a restart' '
    wanted && start && has server.log "other machines: TLS on 127.0.0.1 port $(port)" && is "$(stat -c %a "$DATA/home.key")" 600 && P=$(port) && K=$(key) &&
    docket health --server "$(home)" --pin "$K" && restart && is "$(port)" "$P" && is "$(key)" "$K" && crash && is "$(port)" "$P" && is "$(key)" "$K" &&
    openssl x509 -in "$DATA/home.key" -noout -text >text && has text "prime256v1"'

# taken PORT: by a program that is none of ours.
taken() {
    python3 -c 'import pathlib, socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
pathlib.Path("taken").touch()
time.sleep(60)' "$1" &
    wait_for "test -e taken"
}

it 'a port that another has now: the next free one' '
    wanted && start && P=$(port) K=$(key) && stop && taken "$P" && start && not test "$(port)" = "$P" && docket health --server "$(home)" --pin "$K"'

it 'a worker comes by it, knows it by its key, and works; the others speak plain HTTP as before' '
    wanted && server && docket add q -- "echo \$DOCKET_SERVER >$T/seen" && cp "$DATA/token" tok && K=$(key) U=$(home) && curl -s "$(url)/healthz" >body && field .status ok &&
    (unset DOCKET_DATA && exec "$DOCKET" work q --server "$U" --pin "$K" --token-file tok --idle-timeout 0) && is "$(cat seen)" "$U"'

it 'who comes there is not of this machine, whatever the address says' '
    wanted && start && asks "$(url)/metrics" && is "$(curl -s -o body -w "%{http_code}" "$(url)/metrics")" 200 && is "$(asks "$(home)/metrics")" 401 &&
    is "$(asks -H "Authorization: Bearer $(cat "$DATA/token")" "$(home)/metrics")" 200'

it 'nor is it a proxy that is believed' '
    wanted && start --behind 127.0.0.1 && is "$(asks -H "X-Forwarded-For: 10.0.0.1" "$(home)/healthz")" 403 && grep -q untrusted_proxy body &&
    is "$(curl -s -o body -w "%{http_code}" -H "X-Forwarded-For: 10.0.0.1" "$(url)/healthz")" 200'

it 'SIGHUP gives the others a new certificate, and leaves it its own' '
    wanted && tls && start && K=$(key) MAIN=$(key "${DATA:+$(url | sed "s/.*://")}") && not test "$K" = "$MAIN" && certificate new && cp new.pem tls.pem && cp new.key tls.key &&
    kill -HUP "$(cat "$DATA.pid")" && wait_for "grep -q \"reloaded: CN=new\" server.log" && is "$(key)" "$K" && not test "$(key "$(url | sed "s/.*://")")" = "$MAIN" &&
    docket health --server "$(home)" --pin "$K"'

it 'a key that is none: the server runs without, and says so' '
    wanted && echo x >"$DATA/home.key" && start && has server.log "the key for workers of other machines: " && has server.log "do not find the server" && api GET queues && status 200'

it 'a claim that waits there is answered' '
    wanted && server && { curl -sk --pinnedpubkey "$(key)" --trace-ascii trace -H "Authorization: Bearer $(cat "$DATA/token")" \
        -H "Content-Type: application/json" -d "{\"worker\":\"far\",\"wait\":20}" "$(home)/api/v1/queues/q/claim" >claimed & } &&
    wait_for "grep -q \"=> Send data\" trace" && add a && wait_for "grep -q \"\\\"command\\\":\\\"a\\\"\" claimed" 10'

done_testing
