# doc/INSTALL.md, block by block: each is run as it stands there, in the place it speaks of. As root; each scenario has a mount namespace
# and a network of its own.
if [ -n "${SCENARIO:-}" ] && [ -z "${OWN_SPACE:-}" ]; then
    OWN_SPACE=1 exec unshare -m -n --propagation private sh "$0"
fi
. "$(dirname "$0")/../t/lib.sh"
. "$ROOT/test/packages/debian_root.sh"
. "$ROOT/test/packages/deb.sh"
. "$ROOT/test/sites.sh"
VERSION=$(sed -n "s/^ *version: '\(.*\)',/\1/p" "$ROOT/meson.build")
BUNDLE=$ROOT/dist/docket-$VERSION-linux-x86_64.tar.gz
IMAGE=$ROOT/dist/docket-$VERSION-oci.tar
PACKAGE=$ROOT/dist/docket_${VERSION}_amd64.deb

# Once for the file: the root that all scenarios stand on, with what a server has that a bare one lacks.
prepare() {
    WORK=$(mktemp -d /var/tmp/docket-install.XXXXXX) && trap 'rm -rf --one-file-system "$WORK"' EXIT && export WORK &&
        debian_unpack "$WORK/base" && echo 'APT::Get::Assume-Yes "true";' >"$WORK/base/etc/apt/apt.conf.d/99yes" &&
        cp "$PACKAGE" "$WORK/base/root/docket.deb" &&
        debian_enter "$WORK/base" sh -c "apt-get install --no-install-recommends sudo systemd && apt-get install --download-only /root/docket.deb" \
            >"$WORK/log" 2>&1 ||
        { tail -n 20 "$WORK/log"; return 1; }
}
if [ -z "${SCENARIO:-}" ]; then
    prepare || { echo "not ok there is a Debian 12 to install it in ($(basename "$0"))"; exit 1; }
fi

# block TAG: what stands in the blocks of that tag, and nothing else.
block() { python3 "$ROOT/test/packages/blocks.py" "$ROOT/doc/INSTALL.md" "$1"; }

# follow TAG [COMMAND…]: somebody types it into bash, here or where COMMAND leads; stops at what fails. Words in typed.
follow() {
    tag=$1
    shift
    { echo 'set -eo pipefail'; block "$tag"; } >commands || return
    "$@" bash -s <commands >typed 2>&1
    EXIT=$?
    say "$tag -> $EXIT"
    tail -n 25 typed >&2
    return "$EXIT"
}

# at_home FILE…: a home of one's own on this machine, with that in it; nothing is left in /var/tmp.
at_home() {
    ip link set lo up && mount -t tmpfs none /var/tmp && unset DOCKET_DATA && cd "$HOME" && cp "$@" "$HOME/" && USER=$(command id -un) && export USER
}

# debian USER FILE…: a Debian 12 in R, with that user, whose home holds the files.
debian() {
    name=$1
    shift
    root && { [ "$name" = root ] || user -s /bin/bash "$name"; } && home=$(chroot R getent passwd "$name" | cut -d: -f6) &&
        cp "$@" "R$home/" && chroot R chown -R "$name" "$home"
}
# shell USER COMMAND…: as that user does after a login.
shell() {
    name=$1
    shift
    chroot R setpriv --reuid "$name" --regid "$name" --init-groups env -i HOME="$(chroot R getent passwd "$name" | cut -d: -f6)" \
        USER="$name" LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SCENARIO="$SCENARIO" \
        sh -c 'cd && exec "$@"' sh "$@"
}

# No systemd runs in R: what systemctl would have it do with docket's units is done by hand out here; the rest is its own affair.
manager() {
    mkfifo R/run/asked R/run/answered && cat >R/usr/local/bin/systemctl <<'END' && chmod 755 R/usr/local/bin/systemctl || return
#!/bin/sh
case "$*" in
'enable --now docket-backup.timer') exec env SYSTEMD_OFFLINE=1 /usr/bin/systemctl enable docket-backup.timer ;;
'status docket' | 'start docket' | 'stop docket' | 'restart docket' | 'start docket-backup') ;;
*) exec /usr/bin/systemctl "$@" ;;
esac
echo "$*" >/run/asked
read -r status </run/answered
exit "$status"
END
    while read -r words <R/run/asked; do
        say "systemctl $words"
        case $words in
        'status docket') service ;; # which the package's installation starts where systemd runs
        'start docket') service ;;
        'stop docket') service_stops ;;
        'restart docket') service_stops && service ;;
        'start docket-backup') once docket-backup.service ;;
        esac
        echo $? >R/run/answered
    done &
}

it 'a laptop; and the bundle goes without a trace' '
    debian ada "$BUNDLE" && follow laptop shell ada && has typed "docket $VERSION" && has typed 10000 && has typed "100 succeeded" &&
    kill "$(cat R/home/ada/.local/share/docket/lock)" && follow uninstall-bundle shell ada &&
    is "$(find R/home/ada/.local -name "docket*" ! -path "*/share/docket/*")" R/home/ada/.local/share/docket'

it 'a server: installed, used by its group, a copy made, restored, upgraded, removed' '
    debian root "$PACKAGE" && user alice && manager && follow server shell root &&
    follow server-member shell alice && has typed survey && grep -q "^ada  *user *password" typed && grep -q "login?link=" typed && follow backup shell root && grep -q "revision [0-9]*, checked" typed &&
    follow drill shell root && is "$(grep -c "^docket/survey" typed)" 1 && is "$(grep -c "^survey" typed)" 1 && follow upgrade shell root && has typed "docket $VERSION" &&
    shell root systemctl stop docket && follow uninstall shell root && has typed docket.db && not test -e R/var/lib/docket && not test -e R/etc/docket' 240

# network: an address that is not the loopback's, without which the resolver takes this for a host without any.
network() {
    ip link set lo up && ip link add here type veth peer name there && ip address add 10.99.0.1/24 dev here && ip link set here up &&
        ip link set there up
}

it 'a cluster, without root: one job, and workers in jobs' '
    network && at_home "$BUNDLE" && slurm_start "$T/slurm" && follow cluster && has typed 10000 && has typed "Submitted batch job" &&
    has typed "100 succeeded"' 180

# engine: `docker` is podman with runc, which runs where nobody may change limits or make networks; what it makes is below $T.
engine() {
    mkdir bin && cat >bin/docker <<END
#!/bin/sh
command=\$1
shift
[ "\$command" != run ] || set -- --network host --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "\$@"
exec podman --runtime runc --cgroup-manager cgroupfs --events-backend file --storage-driver vfs --root "$T/engine/root" \
    --runroot "$T/engine/run" --tmpdir "$T/engine/tmp" "\$command" "\$@"
END
    chmod +x bin/docker && PATH=$T/bin:$PATH && ip link set lo up && unset DOCKET_DATA
}

it 'a container' '
    engine && cp "$IMAGE" . && follow container && has typed survey && test -s docket.token && docker logs docket >log 2>&1 && has log "data in /data" &&
    lacks log "$(cat docket.token)" && docker rm -f docket >&2' 180

it 'a certificate of one'"'"'s own' '
    at_home "$BUNDLE" && tar -xzf "$BUNDLE" && PATH=$HOME/docket-$VERSION/bin:$PATH &&
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem 2>/dev/null &&
    follow tls && wait_for "curl -s --cacert cert.pem https://localhost:5443/healthz | grep -q ok"'

it 'what stands before a proxy is what the settings take' '
    at_home "$BUNDLE" && tar -xzf "$BUNDLE" && DOCKET=$HOME/docket-$VERSION/bin/docket && block proxy >docket.conf && docket config --config docket.conf --json &&
    is "$(jq -r "[.behind, .\"base-path\", .advertise] | map(.value) | join(\" \")" "$T/out")" "127.0.0.1 /docket https://example.org/docket"'

it 'Windows: a server in its Linux, and a program that knows nothing of docket but HTTP' '
    at_home "$BUNDLE" && block windows | sed "/^import/,\$d" >shell && block windows | sed -n "/^import/,\$p" >program.py &&
    bash -e shell && wait_for "test -s .local/share/docket/server" && DOCKET_TOKEN_FILE=$HOME/.local/share/docket/token python3 program.py >out &&
    has out "work on page 17" && "$HOME/.local/opt/docket-$VERSION/bin/docket" show survey --json >shown && is "$(jq .counts.succeeded shown)" 1'

done_testing
