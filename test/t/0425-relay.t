# docket relay and docket.py relay: connections passed on, for nodes that do not see the server.
. "$(dirname "$0")/lib.sh"

# both NAME STEPS [SECONDS]: with the one and the other.
both() {
    it "docket relay: $1" "KIND=program; $2" "${3:-90}"
    it "docket.py relay: $1" "KIND=python; $2" "${3:-90}"
}
relay() {
    case $KIND in
    program) set -- "$DOCKET" relay "$@" ;;
    python) set -- python3 -I -S -B -W error "$ROOT/clients/python/docket.py" relay "$@" ;;
    esac
    exec "$@" >>relay.out 2>>relay.err </dev/null
}
# begin TO [OPTION…]: one in the background; $PORT is its own.
begin() {
    to=$1
    shift
    { relay --listen 127.0.0.1:0 --to "$to" "$@" & }
    RELAY=$!
    wait_for "grep -q '^listening on ' relay.out" && PORT=$(sed -n 's/^listening on .*://p' relay.out)
}
# behind: somebody behind it, at $THERE.
behind() { { python3 "$HERE/pipe.py" serve there & } && wait_for "test -s there" && THERE=127.0.0.1:$(cat there); }
plays() { python3 "$HERE/pipe.py" "$@"; }
ends() { wait "$RELAY"; r=$?; cat relay.err >&2; is "$r" "$1"; }

both 'much both ways, and the end of what is said' '
    behind && begin "$THERE" && plays echo "$PORT" && plays halves "$PORT" && plays halves "$PORT" && kill "$RELAY" && ends 0'

both 'nobody behind it: who came is hung up on, and the next who comes, too' '
    begin "127.0.0.1:$(quiet_port)" && plays refused "$PORT" && plays refused "$PORT" && kill "$RELAY" && ends 0'

both 'what nobody reads is not taken without end, nor does it cost' '
    behind && begin "$THERE" && plays stuck "$PORT" "$RELAY" && kill "$RELAY" && ends 0'

both 'LIMIT_RELAYED at once: one more waits until another has left' '
    behind && begin "$THERE" && plays crowd "$PORT" 4096 && kill "$RELAY" && ends 0' 120

both 'a port that is taken, addresses that are none' '
    behind && begin "$THERE" && { (relay --listen "127.0.0.1:$PORT" --to "$THERE"); is $? 1; } && has relay.err "could not listen on 127.0.0.1 port $PORT" &&
    for bad in 127.0.0.1 :1 127.0.0.1: localhost:1 127.0.0.1:99999 ::1:5 "[::1:5" 127.0.0.1:1x; do
        { (relay --listen 127.0.0.1:0 --to "$bad"); is $? 2; } && { (relay --listen "$bad" --to "$THERE"); is $? 2; } || return; done &&
    { (relay --listen 127.0.0.1:0); is $? 2; } && { (relay --listen 127.0.0.1:0 --to 127.0.0.1:0); is $? 2; } && kill "$RELAY" && ends 0'

both '--idle-timeout: it ends after that, and not while somebody is there' '
    behind && begin "$THERE" --idle-timeout 2 && plays halves "$PORT" && ends 0'

both 'a worker comes home by it, and its key is the server'"'"'s' '
    mkdir -m 700 "$DATA" && echo 0 >"$DATA/home.port" && server && docket add q -- "echo >>$T/ran" && cp "$DATA/token" tok &&
    K=$(openssl x509 -in "$DATA/home.key" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64) &&
    begin "127.0.0.1:$(cat "$DATA/home.port")" && unset DOCKET_DATA &&
    docket work q --server "https://127.0.0.1:$PORT" --pin "sha256//$K" --token-file tok --idle-timeout 0 && test -e ran && kill "$RELAY" && ends 0'

done_testing
