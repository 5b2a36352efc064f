# The container image: read by others, and its root run as a container is: process 1 of its own process and mount namespaces, a
# read-only root, any user id, a volume.
. "$(dirname "$0")/../t/lib.sh"
IMAGE=${IMAGE:-$(ls "$ROOT"/dist/docket-*-oci.tar 2>/dev/null)}
BUNDLE=${BUNDLE:-$(ls "$ROOT"/dist/docket-*-linux-x86_64.tar.gz 2>/dev/null)}
[ -s "$IMAGE" ] && [ -s "$BUNDLE" ] || { echo "not ok $(basename "$0"): there is no image: ./dev image"; exit 1; }
ID=4321

# config JQ: of the image's config, as it lies in the archive.
config() { skopeo inspect --raw --config "oci-archive:$IMAGE" | jq -r "$1"; }

# container: $T/root is the image unpacked by somebody else's tool, with the mount points a runtime makes; $DATA its volume.
container() {
    skopeo copy -q "oci-archive:$IMAGE" oci:layout:latest && umoci raw unpack --image layout:latest root >&2 &&
        mkdir -p root/proc root/dev && : >root/dev/null && DATA=$T/vol && mkdir -p "$DATA" && chmod "$(stat -c %a root/data)" "$DATA"
}

# environment: the image's, and what `docker run -e` would add, in $SET.
environment() { config '.config.Env[]' | tr '\n' ' '; echo "${SET:-}"; }

# up_as_container [VERB…]: the image's entry point with its command, or this one, as process 1. $PID is its number out here.
up_as_container() {
    [ $# -gt 0 ] || set -- $(config '.config.Cmd[]')
    set -- $(environment) "$(command -v chroot)" --userspec="$ID:$ID" --groups= root $(config '.config.Entrypoint[]') "$@"
    rm -f "$DATA/server"
    env -i SCENARIO="$SCENARIO" MODE="${MODE:-rw}" unshare --mount --pid --fork /bin/sh -c '
        mount --make-rprivate / && mount --bind root root && mount -t proc proc root/proc && mount --bind /dev/null root/dev/null &&
            mount --bind vol root/data && mount -o "remount,bind,$MODE" root/data && mount -o remount,bind,ro root || exit 125
        exec env -i "$@"' sh SCENARIO="$SCENARIO" "$@" >>"$T/container.log" 2>>"$T/err" </dev/null &
    OUTER=$!
    wait_for 'PID=$(pgrep -P "$OUTER") || ! kill -0 "$OUTER"' && say "process $PID"
}
serving() { SET="DOCKET_LISTEN=127.0.0.1 PORT=${PORT_IN:-0} ${SET:-}" && up_as_container && wait_for ready; }

# within VERB…: docker exec.
within() {
    env -i SCENARIO="$SCENARIO" $(environment) nsenter --target "$PID" --mount --pid --root --wdns=/data --setuid "$ID" --setgid "$ID" /bin/docket "$@" >out 2>err
    EXIT=$?
    say "docket $* -> $EXIT"
    head -c 1500 out err >&2
    return "$EXIT"
}

# down SIGNAL STATUS: sent to process 1; the container has ended with it.
down() { kill "-$1" "$PID" && over "$2"; }
over() {
    wait "$OUTER"
    is "$?" "$1"
}
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
children() { is "$(pgrep -P "$PID" | wc -l)" "$1"; } # of process 1, those that have ended and nobody reaped included

it 'others read it: skopeo as OCI and as docker archive, one layer of the bundle, the same bytes again' '
    skopeo inspect "oci-archive:$IMAGE" >&2 && skopeo inspect "docker-archive:$IMAGE" >&2 &&
    is "$(skopeo inspect --config --raw "docker-archive:$IMAGE" | sha256sum)" "$(skopeo inspect --config --raw "oci-archive:$IMAGE" | sha256sum)" &&
    container && mkdir bundle && tar xzf "$BUNDLE" -C bundle --strip-components 1 && diff -r bundle root | sort >more &&
    is "$(cat more)" "Only in root: data
Only in root: dev
Only in root: proc
Only in root: tmp" && python3 "$ROOT/packaging/image.py" "$BUNDLE" again >&2 && cmp again/*.tar "$IMAGE"'

it 'its config: entry point, user, volume, port, stop signal, health' '
    is "$(config ".config.Entrypoint + .config.Cmd | join(\" \")")" "/bin/docket serve" && is "$(config .config.StopSignal)" SIGTERM &&
    is "$(config ".config.Volumes|keys[]")" /data && is "$(config ".config.ExposedPorts|keys[]")" 5000/tcp &&
    config .config.User | grep -qE "^[1-9][0-9]*:[1-9][0-9]*$" && is "$(config ".config.Healthcheck.Test|join(\" \")")" "CMD /bin/docket health" &&
    config ".config.Labels|keys[]" | grep -q org.opencontainers.image.version && container && mode root/data 1777'

it 'as any user id on a read-only root: it serves, verbs within find it, SIGTERM ends it, it goes on' '
    container && serving && within create q && within add q -- echo && within show q --json && is "$(jq .counts.pending out)" 1 &&
    is "$(jq -r .owner out)" docket && within health && has out ok && is "$(stat -c %u "$DATA/docket.db")" 4321 &&
    not touch "/proc/$PID/root/tmp/x" && down TERM 0 && serving && within show q --json && is "$(jq .counts.pending out)" 1 && down TERM 0'

it 'SIGTERM under load: over within 10 s, nothing that was acknowledged is lost' '
    container && serving && within create q && { python3 "$ROOT/test/packages/load.py" work "$DATA" ledger & loader=$!; } &&
    wait_for "within show q --json && [ \$(jq .counts.succeeded out) -gt 500 ]" 60 && began=$(date +%s) && down TERM 0 &&
    took=$(($(date +%s) - began)) && say "over after $took s" && [ "$took" -le 10 ] && wait "$loader" && serving && python3 "$ROOT/test/packages/load.py" verify "$DATA" ledger >&2 &&
    api POST queues/q/claim worker=after && status 200 && is "$(json ".tasks|length")" 1 && down TERM 0'

it 'process 1 reaps every orphan, hands signals on, and ends as its child does' '
    container && serving && children 1 && nsenter --target "$PID" --pid /bin/sh -c "sleep 1 & sleep 1 & sleep 1 &" && children 4 &&
    wait_for "children 1" 5 && down INT 0 && serving && kill -9 "$(pgrep -P "$PID")" && over 137 && serving && down TERM 0'

it 'SIGTERM answers whoever waits' '
    container && serving && within create q && waiting w POST queues/q/claim "{\"worker\":\"w\",\"wait\":60}" && down TERM 0 && answered w && field ".tasks|length" 0'

it 'a volume it cannot write to: one line, status 1, nothing touched' '
    container && chmod 755 "$DATA" && up_as_container && over 1 && one_line err && has err "/data/lock" && has err "user id 4321" &&
    is "$(ls -A "$DATA")" "" && chmod 1777 "$DATA" && : >err && MODE=ro && export MODE && up_as_container && over 1 && one_line err &&
    has err /data && has err "Read-only" && is "$(ls -A "$DATA")" ""'

it 'a volume of another user id, with a store: refused, and as it was' '
    container && serving && within create q && down TERM 0 && find vol -type f -exec sha256sum {} + | sort >before && : >err &&
    ID=999 && up_as_container && over 1 && one_line err && has err "user id 999" && find vol -type f -exec sha256sum {} + | sort >after && same before after'

it 'PORT, listening everywhere; DATABASE_URL; health when there is nobody' '
    container && port=$(free_port) && SET="PORT=$port" up_as_container && wait_for ready && has "$DATA/server" ":$port\"" &&
    grep -qi " 00000000:$(printf %04X "$port") " /proc/net/tcp && SET="PORT=$port" within health && down TERM 0 &&
    : >err && SET="DATABASE_URL=postgres://me:hunter2@db/x" up_as_container && over 2 && one_line err && has err DATABASE_URL && lacks err hunter2 &&
    SET="DATABASE_URL=sqlite:" serving && down TERM 0 && up_as_container health && over 4'

it 'the files for compose and for platforms agree with it' '
    python3 -c "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)" "$ROOT/packaging/compose.yml" >compose.json &&
    service() { jq -r ".services.docket$1" compose.json; } && is "$(service .image)" "docket:$(config ".config.Labels[\"org.opencontainers.image.version\"]")" &&
    is "$(service ".healthcheck.test|join(\" \")")" "$(config ".config.Healthcheck.Test|join(\" \")")" &&
    is "$(service ".volumes[0]")" "data:$(config ".config.Volumes|keys[0]")" && is "$(service ".ports[0]|split(\":\")[-1]")/tcp" "$(config ".config.ExposedPorts|keys[0]")" &&
    is "$(service .read_only)" true && is "$(service .stop_grace_period)" 15s && is "$(jq -r ".volumes|keys[0]" compose.json)" data &&
    mkdir d && tar xzf "$BUNDLE" -C d --strip-components 1 && port=$(free_port) && sed -n "s/^web: //p" "$ROOT/packaging/Procfile" >web && [ -s web ] &&
    { PATH="$T/d/bin:$PATH" PORT=$port sh -c "exec $(cat web)" >served.log 2>&1 & echo $! >served; } && wait_for "grep -q :$port served.log" &&
    grep -qi " 00000000:$(printf %04X "$port") " /proc/net/tcp && kill "$(cat served)" && wait "$(cat served)"'

done_testing
