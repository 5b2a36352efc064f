# Steps for what is unpacked elsewhere: a root without anything but a shell, and the bundle in it. Sourced after lib.sh.
BUNDLE=${BUNDLE:-$(ls "$ROOT"/dist/docket-*-linux-x86_64.tar.gz 2>/dev/null)}
[ -s "$BUNDLE" ] || { echo "not ok $(basename "$0"): there is no bundle: ./dev bundle"; exit 1; }

# unpack DIR: the bundle's own directory becomes DIR.
unpack() { mkdir -p "$1" && tar xzf "$BUNDLE" -C "$1" --strip-components 1 --no-same-owner; }

# bare: $T/root has a shell, /dev/null, and the bundle in /opt/docket; no /proc, no library, no list of users.
bare() {
    mkdir -p root/bin root/dev root/work && cp /bin/busybox root/bin/sh && mknod -m 666 root/dev/null c 1 3 &&
        unpack root/opt/docket && chmod 1777 root/work
}

# inside [NAME=VALUE…] PROGRAM [WORD…]: becomes that program in there, with that environment and no more. As user id $AS, if that is
# set; $UNDER: a program to run all of it under.
inside() {
    exec env -i SCENARIO="$SCENARIO" PATH=/opt/docket/bin:/bin HOME=/work DOCKET_DATA=/work/data ${UNDER:-} "$(command -v chroot)" \
        ${AS:+--userspec="$AS:$AS" --groups=} root /bin/sh -c '
            cd /work
            while :; do case $1 in [A-Z]*=*) export "$1"; shift ;; *) break ;; esac; done
            exec "$@"' sh "$@"
}

# in_root [NAME=VALUE…] VERB…: docket in there; its words in out and err.
in_root() {
    settings=
    while :; do case $1 in [A-Z]*=*) settings="$settings $1"; shift ;; *) break ;; esac; done
    say "docket $*"
    (inside $settings docket "$@") >out 2>err </dev/null
    EXIT=$?
    head -c 1500 out err >&2
    return "$EXIT"
}

# serving [NAME=VALUE…] [WORD…]: docket serve in there, on /work/data; until the scenario ends, or kill_served SIGNAL STATUS.
serving() {
    settings=
    while :; do case ${1-} in [A-Z]*=*) settings="$settings $1"; shift ;; *) break ;; esac; done
    (inside $settings docket serve --data /work/data --listen 127.0.0.1:0 "$@" >"$T/served.log" 2>&1 </dev/null) &
    echo $! >served
    wait_for 'grep -q listening served.log'
}
kill_served() {
    kill "-$1" "$(cat served)"
    wait "$(cat served)"
    is "$?" "$2"
}
numbers() { i=0; while [ $i -lt "$1" ]; do i=$((i + 1)); echo "echo line $i"; done; }
