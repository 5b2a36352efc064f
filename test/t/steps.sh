# The steps scenarios are made of: a server, what is asked of it, and what must be true. Sourced by lib.sh.
# Variables they keep: STATUS and the file `body` (last answer), ID and LEASE (last added, last claimed).

say() { printf '%s\n' "$*" >&2; }
fail() { say "FAILED: $*"; return 1; }

# wait_for 'CONDITION' [SECONDS]: until it holds.
wait_for() {
    deadline=$(($(date +%s) + ${2:-20}))
    until eval "$1" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$deadline" ] || { fail "waited ${2:-20} s in vain for: $1"; return 1; }
        sleep 0.05
    done
}

# ---- the server

# server [lease=30s] [attempts=N] [crashes=N] [backoff=10s]: one on $DATA with a queue q of that policy.
server() {
    start && make_queue q "$@"
}

make_queue() {
    queue=$1 policy=
    shift
    for word; do
        value=${word#*=}
        case $word in
        lease=*) policy="$policy lease_seconds=${value%s}" ;;
        attempts=*) policy="$policy max_attempts=$value" ;;
        crashes=*) policy="$policy max_crashes=$value" ;;
        speculate=*) policy="$policy speculate=$value" ;;
        failure=*) policy="$policy on_dependency_failure=$value" ;;
        retention=*) policy="$policy retention_seconds=${value%s}" ;;
        backoff=*) policy="$policy backoff_seconds=${value%s}" ;;
        *) fail "no such policy: $word" || return ;;
        esac
    done
    api PUT "queues/$queue" "$(object $policy)" && status 201
}

# start [OPTION…]: `docket serve` on $DATA, ready. Unless an OPTION says where to listen, the port stays the same over restarts. Its words
# go to server.log.
start() {
    launch "$@" && wait_for "ready || not up" 30 && ready && url >"$DATA.url"
}

# quiet_port: a free one that the kernel gives to nobody who asks for any, so it is free still when the server comes back to it.
quiet_port() {
    while :; do
        port=$((10000 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
        grep -q "$(printf ':%04X ' "$port")" /proc/net/tcp /proc/net/tcp6 || { echo "$port"; return; }
    done
}

launch() {
    rm -f "$DATA/server"
    [ -e "$DATA.clock" ] || printf '%020d\n' 0 >"$DATA.clock"
    [ -e "$DATA.fault" ] || printf '%020d %020d %020d\n' 0 0 0 >"$DATA.fault"
    listen=$(sed 's|^https*://||' "$DATA.url" 2>/dev/null)
    [ -z "${TLS:-}" ] || set -- --tls-cert "$T/tls.pem" --tls-key "$T/tls.key" "$@"
    preload=$SHIMS/shim_clock.so
    [ -z "${FAULTS:-}${SHARED:-}" ] || preload=$preload:$SHIMS/shim_fault.so
    case " $* " in *" --listen "*) ;; *) set -- --listen "${listen:-127.0.0.1:$(quiet_port)}" "$@" ;; esac
    say "serve --data $DATA $*"
    LD_PRELOAD=$preload TEST_CLOCK=$DATA.clock TEST_FAULT=$DATA.fault TEST_FAULT_DIR=$DATA \
        "$DOCKET" serve --data "$DATA" "$@" >>"$T/server.log" 2>&1 </dev/null &
    echo $! >"$DATA.pid"
}

# tls: from now on every server of ours speaks TLS, and whoever asks trusts its certificate.
tls() {
    TLS=1 CURL_CA_BUNDLE=$T/tls.pem
    export CURL_CA_BUNDLE
    certificate tls
}

# certificate NAME [OPTION…]: NAME.pem, signed by itself, and NAME.key, for localhost and 127.0.0.1; OPTIONs are of openssl req.
certificate() {
    name=$1
    shift
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/$name.key" -out "$T/$name.pem" -days 30 \
        -subj "/CN=$name" -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' "$@" >"$T/openssl" 2>&1 || fail "$(cat "$T/openssl")" || return
    chmod 600 "$T/$name.key"
}

url() { sed -n 's|.*"url": *"\([^"]*[^/"]\)/*".*|\1|p' "$DATA/server"; }
ready() { [ -s "$DATA/server" ] && curl -sk -o "$T/ready" "$(url)/healthz"; }
up() { grep -q '^State:.[^Z]' "/proc/$(cat "$DATA.pid")/status" 2>/dev/null; }

# stop: SIGTERM; it must end with 0.
stop() { ended TERM 0; }
kill9() { ended KILL 137; }
restart() { stop && start "$@"; }
crash() { kill9 && start "$@"; }

# ended SIGNAL STATUS: sends it to the server and checks how that ends.
ended() {
    pid=$(cat "$DATA.pid")
    say "kill -$1 server"
    kill "-$1" "$pid" 2>/dev/null
    left "$2"
}

# left STATUS: the server ends by itself with it.
left() {
    pid=$(cat "$DATA.pid")
    rm "$DATA.pid"
    { wait "$pid"; } 2>/dev/null
    r=$?
    [ "$r" = "$1" ] || fail "the server ended with $r, not $1"
}

stop_all() {
    for pidfile in "$T"/*.pid; do
        [ -e "$pidfile" ] || continue
        DATA=${pidfile%.pid}
        stop || return
    done
}

# clock +31s | +5m | +2h | +1d: the server's clock goes on by that. clock_off: while the server is down.
clock() { clock_off "$1" && curl -s --max-time 20 -o "$T/woken" "$(url)/healthz"; }
clock_off() {
    span=${1#+}
    case $span in
    *s) seconds=${span%s} ;; *m) seconds=$((${span%m} * 60)) ;;
    *h) seconds=$((${span%h} * 3600)) ;; *d) seconds=$((${span%d} * 86400)) ;;
    esac
    now=$(sed 's/^0*//' "$DATA.clock")
    printf '%020d' $((${now:-0} + seconds * 1000000)) 1<>"$DATA.clock"
    say "clock $1"
}

# disk BYTES: what all files of $DATA together may hold (0: as much as they like); start with FAULTS=1.
disk() {
    say "disk $1"
    printf '%020d' "$1" 1<>"$DATA.fault"
}

disk_used() {
    find "$DATA" -maxdepth 1 -type f -printf '%s %b\n' |
        awk '{ held = $2 * 512; sum += held > $1 ? held : $1 } END { printf "%d", sum }'
}

# shared: from now on $T is a file system that hosts share; with SHARED=1 in the environment it is from the start.
shared() {
    SHARED=1 TEST_SHARED=$T LD_PRELOAD=$SHIMS/shim_fault.so
    export TEST_SHARED LD_PRELOAD
}

# sync_fails N: the Nth fsync or fdatasync from now fails.
sync_fails() { printf '%s %020d' "$(cut -d' ' -f1 "$DATA.fault")" "$1" 1<>"$DATA.fault"; }
syncs() { cut -d' ' -f3 "$DATA.fault" | sed 's/^0*\(.\)/\1/'; }

# ---- asking

# object NAME=VALUE…: JSON of it; VALUE is JSON if it is a number, a word of JSON or begins with [ { ", else text.
object() {
    out=
    for word; do
        value=${word#*=}
        case $value in
        '['* | '{'* | '"'* | true | false | null) ;;
        '' | *[!0-9.-]*) value="\"$value\"" ;;
        esac
        out="$out,\"${word%%=*}\":$value"
    done
    printf '{%s}' "${out#,}"
}

# api METHOD PATH [NAME=VALUE… | JSON | @FILE]: PATH is below /api/v1 unless it begins with /. $TYPE: another media
# type; $AUTH: another Authorization header (empty: none).
api() {
    method=$1 path=$2
    shift 2
    case $path in /*) ;; *) path=/api/v1/$path ;; esac
    case ${1-} in [\{\[@\"]*) ;; *=*) set -- "$(object "$@")" ;; esac
    auth=${AUTH-Bearer $(cat "$DATA/token" 2>/dev/null)}
    STATUS=$(curl -s -g --max-time 75 -o body -D head -w '%{http_code}' -X "$method" -H Expect: \
        ${auth:+-H "Authorization: $auth"} ${1+-H "Content-Type: ${TYPE:-application/json}"} ${1+--data-binary "$1"} \
        "$(url)$path")
    : >>body
    say "$method $path $(printf %.200s "${1-}") -> $STATUS $([ "$STATUS" = 000 ] || head -c 300 body)"
}

# waiting NAME METHOD PATH [JSON]: the same in the background, once it has reached the server; its answer comes into
# waiting.NAME. answered NAME: it has come, and is the last answer.
waiting() {
    name=$1 method=$2 path=$3
    shift 3
    curl -s -g -o "waiting.$name" --trace-ascii "trace.$name" -X "$method" -H "Authorization: Bearer $(cat "$DATA/token")" \
        ${1+-H 'Content-Type: application/json' -d "$1"} "$(url)/api/v1/$path" &
    echo $! >"waiter.$name"
    sent=${1+data}
    wait_for "grep -q '=> Send ${sent:-header}' trace.$name" && api GET /healthz && status 200
}
answered() { wait_for "[ -s waiting.$1 ]" && cp "waiting.$1" body; }

json() { jq -r "$1" body; }

# add NAME [FIELD=VALUE…]: a task whose command is NAME; `id NAME` says its id.
add() {
    name=$1
    shift
    api POST queues/q/tasks "$(object command="\"$name\"" "$@")" && status 201 && ID=$(json '.ids[0]') &&
        echo "$ID" >"id.$name"
}
id() { cat "$T/id.$1"; }

# add_many N [PREFIX]: tasks PREFIX1 … PREFIXN.
add_many() {
    jq -nc --argjson n "$1" --arg p "${2:-t}" '{tasks:[range(1;$n+1)|{command:"\($p)\(.)"}]}' >many.json &&
        api POST queues/q/tasks @many.json && status 201
}

# claim WORKER [FIELD=VALUE…]: then got NAME…: exactly these tasks came (none: nothing did).
claim() {
    who=$1
    shift
    api POST queues/q/claim worker="\"$who\"" "$@" && status 200 && taken "$who"
}
taken() {
    LEASE=$(json '.tasks[0].lease // empty')
    [ -z "$LEASE" ] || json '[.tasks[].lease]|join(",")' >"lease.$1"
}
got() { field '[.tasks[]?.command]|join(" ")' "$*"; }
leases() { cat "$T/lease.$1"; }

# finish WORKER [EXITCODE [FIELD=VALUE…]]: hands in the first lease it holds. finish_lease WORKER LEASE …: that one.
finish() {
    who=$1
    shift
    finish_lease "$who" "$(cut -d, -f1 "lease.$who")" "$@"
}
finish_lease() {
    who=$1 lease=$2 exitcode=${3:-0}
    shift 2
    [ $# = 0 ] || shift
    api POST queues/q/finish worker="$who" results="[$(object lease="$lease" exitcode="$exitcode" "$@")]" && status 200
}

# finish_and_claim WORKER [FIELD=VALUE…]: hands in its first lease with 0 and claims one in the same request.
finish_and_claim() {
    who=$1
    shift
    result=$(object lease="$(cut -d, -f1 "lease.$who")" exitcode=0)
    api POST queues/q/finish worker="$who" results="[$result]" claim=1 "$@" && status 200 && outcome accepted && taken "$who"
}

# Of all leases of the worker's last claim; hold renews them as not begun.
renew() {
    who=$1
    shift
    api POST queues/q/renew worker="$who" leases="[$(leases "$who")]" "$@" && status 200
}
hold() { api POST queues/q/renew worker="$1" held="[$(leases "$1")]" && status 200; }
release() { api POST queues/q/release worker="$1" leases="[$(leases "$1")]" && status 200; }
outcome() { field '[(.results // .leases)[].outcome]|join(" ")' "$*"; }

task() { api GET "tasks/$(id "$1")" && status 200; }
state() { task "$1" && field .state "$2"; }
counts() { # 'pending=3 failed=1': these, and no others
    api GET "queues/${2:-q}" && field '[.counts|to_entries[]|select(.value>0)|"\(.key)=\(.value)"]|join(" ")' "$1"
}

# docket …: the program; its words in the files out and err. exits N docket …: it must end with N.
docket() {
    "$DOCKET" "$@" >"$T/out" 2>"$T/err" </dev/null
    EXIT=$?
    say "docket $* -> $EXIT"
    head -c 1500 "$T/out" >&2
    head -c 1500 "$T/err" | sed 's/^/2> /' >&2
    return "$EXIT"
}
exits() {
    wanted=$1
    shift
    "$@"
    r=$?
    [ "$r" = "$wanted" ] || fail "$* ended with $r, not $wanted"
}

# py FILE ARG…: the Python program FILE.py of test/t, with clients/python beside it and nothing but the standard library; its
# words in the files out and err. py_begin: in the background, its process in $program, its words in FILE.out and FILE.err.
py() {
    (py_runs "$@") >"$T/out" 2>"$T/err" </dev/null
    EXIT=$?
    say "py $* -> $EXIT"
    head -c 1500 "$T/out" >&2
    tail -c 3000 "$T/err" | sed 's/^/2> /' >&2
    return "$EXIT"
}
py_begin() { py_runs "$@" >>"$T/$(basename "$1").out" 2>>"$T/$(basename "$1").err" </dev/null & program=$!; }
py_runs() {
    file=$1
    shift
    exec_py='import runpy, sys; sys.path.insert(0, sys.argv[1]); del sys.argv[:2]; runpy.run_path(sys.argv[0], run_name="__main__")'
    exec python3 -I -S -B -W error -c "$exec_py" "$ROOT/clients/python" "$HERE/$file.py" "$@"
}

# What the last verb printed with --json: each queue, task or result, as jq sees it.
each() { jq -rs "map(.queues // .tasks // .results // [.])|add|$1" "$T/out"; }

# ---- what must be true

status() { [ "$STATUS" = "$1" ] || fail "status $STATUS, not $1"; }

# field JQ VALUE
field() {
    value=$(jq -r "$1" body 2>&1)
    [ "$value" = "$2" ] || fail "$1 is '$(printf %.300s "$value")', not '$(printf %.300s "$2")'"
}

# refused STATUS CODE [TEXT]: the answer is a problem document with that code, and TEXT in its detail.
refused() {
    status "$1" && field .code "$2" && field .status "$1" || return
    grep -qi '^content-type: application/problem+json' head || fail "it is not application/problem+json" || return
    [ "$(jq -r '.title|length>0' body)" = true ] || fail "it has no title" || return
    [ -z "${3:-}" ] || jq -r '.detail' body | grep -qF -- "$3" || fail "its detail lacks '$3'"
}

# memory_below KIB: the most the server has held; a sanitizer keeps what was freed for a while.
memory_below() {
    most=$1
    ! grep -qa __asan_init "$DOCKET" || most=$((most + 600000))
    held=$(awk '/VmHWM/{print $2}' "/proc/$(cat "$DATA.pid")/status")
    [ "$held" -lt "$most" ] || fail "it held $held KiB, not less than $most"
}

is() { [ "$1" = "$2" ] || fail "'$(printf %.300s "$1")' is not '$(printf %.300s "$2")'"; }
same() { cmp "$1" "$2" >&2 || { diff "$1" "$2" | head -20 >&2; fail "$1 and $2 differ"; }; }
has() { grep -qF -- "$2" "$1" || fail "$1 lacks '$2'"; }
lacks() { [ -e "$1" ] && ! grep -qF -- "$2" "$1" || fail "$1 is missing or has '$2'"; }
lines() { is "$(wc -l <"$1" | tr -d ' ')" "$2"; }

# most_at_once FILE: it holds a line + when something begins and - when it ends.
most_at_once() { awk '$1 == "+" && ++n > most { most = n } $1 == "-" { n-- } END { print most + 0 }' "$1"; }
mode() { is "$(stat -c %a "$1")" "$2"; }
not() { ! "$@" || fail "not wanted: $*"; }
one_line() { is "$(grep -vc '^  ' "$1")" 1; } # beside its hint

# gone TEXT [SECONDS]: no process has it in its command line or environment.
gone() { wait_for "not living '$1'" "${2:-1}"; }
living() {
    printf '%s\n' "$1" >"$T/marker"
    found=$(grep -lsaF -f "$T/marker" /proc/[0-9]*/cmdline /proc/[0-9]*/environ)
    [ -n "$found" ] # grep's own status tells of processes that ended meanwhile
}
