# The settings of the whole machine, /etc/docket/docket.conf, in a mount namespace of its own. As root.
. "$(dirname "$0")/../t/lib.sh"

# of_machine LINE…: from now on this is the machine's file.
of_machine() { printf '%s\n' "$@" >machine.conf; }

# own DIR [OPTION…]: a server on DIR, with the settings it finds; listens N: it says so.
own() {
    unset DOCKET_DATA
    DATA=$T/$1
    shift
    mkdir -p upper/docket work && cp machine.conf upper/docket/docket.conf
    unshare -m sh -c 'mount -t overlay -o "lowerdir=/etc,upperdir=$T/upper,workdir=$T/work" none /etc && exec "$0" "$@"' \
        "$DOCKET" serve --data "$DATA" "$@" >"$DATA.log" 2>&1 </dev/null &
    echo $! >"$DATA.pid"
    wait_for 'ready || not up' && ready
}
listens() { is "$(url)" "http://127.0.0.1:$1"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

it 'the port of the file is taken where it is free, and gives way where it is not' '
    port=$(free_port) && of_machine "listen = 127.0.0.1:$port" && own one && listens "$port" && own two && not listens "$port" &&
    test "$(url | sed "s/.*://")" -gt "$port"'

it 'asked for by --config it does not give way' '
    port=$(free_port) && of_machine "listen = 127.0.0.1:$port" && own one && listens "$port" &&
    not own two --config /etc/docket/docket.conf && left 1 && has two.log "another program has it"'

it 'a port of ones own file does not give way either' '
    port=$(free_port) && of_machine "log-level = debug" && mkdir -p home/.config/docket &&
    echo "listen = 127.0.0.1:$port" >home/.config/docket/docket.conf && own one && listens "$port" && not own two && left 1'

done_testing
