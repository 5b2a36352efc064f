# Far sides as the launcher meets them, over its facade (far.c tells of its words): a host through ssh, one that is cut off, one that is
# started anew. As root: an sshd of one's own, a network namespace.
. "$(dirname "$0")/../t/lib.sh"
. "$ROOT/test/sites.sh"

# ssh_site: an sshd on loopback, and nothing of it left afterwards.
ssh_site() {
    D=$T/far && mkdir "$D" && trap 'sshd_stop "$D"; jobs_end' EXIT && sshd_start "$D" && site_of "$D"
}
# cut_site: one that can be cut off, behind a line that takes a second for 6 MB.
cut_site() {
    D=$T/far && mkdir "$D" && trap 'host_stop "$D"; jobs_end' EXIT && host_start "$D" && site_of "$D" &&
        ip netns exec "$(cat "$D/space")" tc qdisc add dev eth0 root tbf rate 50mbit burst 100k latency 50ms &&
        tc qdisc add dev "$(cat "$D/space")" root tbf rate 50mbit burst 100k latency 50ms
}
site_of() {
    export D FAR_KIND=ssh FAR_HOST=far FAR_CONFIG="$1/ssh_config" FAR_CONTROL="$1/control" JOBS="$1/home/.docket/0123456789abcdef"
    space=$(cat "$1/space" 2>/dev/null)
    cut="ip -n $space link set eth0 down" mend="ip -n $space link set eth0 up"
}
jobs_end() {
    for environ in $(grep -lsxzF "HOME=$D/home" /proc/[0-9]*/environ); do
        pid=${environ#/proc/} && kill -9 "${pid%/environ}" 2>/dev/null
    done
}

# far WORDS…: what is asked, and what is answered in said.
far() {
    "$SHIMS/far" "$@" >said 2>&1
    status=$?
    cat said >&2
    return "$status"
}
said() { grep -qxE -- "$1" said || fail "nobody said '$1'"; }
said_not() { ! grep -qE -- "$1" said || fail "somebody said '$1'"; }
sessions() { grep -c 'Starting session' "$D/sshd.log"; }

it 'a job runs on a host behind ssh, and is read and cleaned away' 'ssh_site && far "start 1 echo out; pwd; exit 3" "until 1 failed" "read 1 stdout" "clean 1" "look 1" &&
    said "1 failed exit 3 3" && said out && said "$D/home/.docket/0123456789abcdef_1/files" && said "1 lost its folder is gone -1" && [ ! -e "${JOBS}_1" ]'

it 'and goes on when the connection has ended' 'ssh_site && far "start 1 sleep 60" && far "until 1 running" "cancel 1" "until 1 cancelled" &&
    said "1 cancelled - 143" && [ "$(sed -n 1p "${JOBS}_1/exit")" = 143 ]'

it 'a walltime ends it' 'ssh_site && far "limit 1 1 sleep 60" "until 1 failed" && said "1 failed walltime 143"'

it 'a host key that has changed, or is not known, is told in ssh words, and nothing is begun' 'ssh_site && cp "$D/known_hosts" good &&
    ssh-keygen -q -t ed25519 -N "" -f other && sed "s/^/[127.0.0.1]:$sshd_port /" other.pub >"$D/known_hosts" && far "start 1 true" state &&
    said "unknown .*REMOTE HOST IDENTIFICATION HAS CHANGED" && said "state 2 .*" &&
    : >"$D/known_hosts" && far "start 1 true" && said "unknown Host key verification failed." &&
    cp good "$D/known_hosts" && [ ! -e "${JOBS}_1" ] && far "start 1 true" && said "started [0-9]*"'

it 'a host that wants a password needs login; a connection made by hand is found, and outlives us' 'ssh_site && mv "$D/authorized_keys" away &&
    far "look" state && said "failed .*Permission denied.*" && said "state 3 .*Permission denied.*" && mv away "$D/authorized_keys" &&
    ssh -F "$D/ssh_config" -M -N -f -o ControlPath="$FAR_CONTROL" far 2>master.out && mv "$D/authorized_keys" away && far "start 1 true" state && said "state 1 -" &&
    far "until 1 finished" && said "1 finished - 0" && ssh -F "$D/ssh_config" -o ControlPath="$FAR_CONTROL" -O exit far && sleep 1 && far look state && said "state 3 .*"'

it 'a host that does not answer is away, in ssh words; asked to, it is tried again' 'ssh_site && sshd_stop "$D" && far look look state &&
    said "failed ssh: connect to host 127.0.0.1 port [0-9]*: Connection refused" && said "state 2 .*Connection refused" &&
    far look "sh . $ROOT/test/t/steps.sh; . $ROOT/test/sites.sh; sshd_run $D" look retry "look" state && said "state 1 -"'

it 'a host that was started anew has lost what ran there, and keeps what had ended' 'ssh_site && far "start 1 sleep 60" "start 2 exit 4" "until 1 running" "until 2 failed" &&
    sshd_reboot "$D" && far "look 1 2" && said "1 lost the host was started anew -1" && said "2 failed exit 4 4"'

it 'so has one whose process was killed' 'ssh_site && far "start 1 sleep 60" "until 1 running" && kill -9 $(cut -d" " -f1 "${JOBS}_1/pid") && jobs_end &&
    far "look 1" && said "1 lost its process is gone -1"'

it 'a thousand jobs cost one session' 'ssh_site && far "start 1 sleep 60" && cd "$D/home/.docket" && seq 2 1000 | xargs -I{} cp -r 0123456789abcdef_1 0123456789abcdef_{} && cd "$T" &&
    before=$(sessions) && far "jobs 1000" && said "1000 jobs in [0-9]* ms" && [ "$(sessions)" = $((before + 1)) ]'

it 'a port of the far side leads here' 'ssh_site && far "forward 1" && said "port [1-9][0-9]*"'

it 'cut in the middle of an upload, a job is not begun; sent again it runs once' 'cut_site && mkdir up && head -c 30000000 /dev/urandom >up/big && tar -cf up.tar -C up . &&
    far "run true" "sh (sleep 1; $cut) &" "upload 1 $T/up.tar echo x >>../count; wc -c <big" "sh [ ! -e ${JOBS}_1/begun ]" "sh $mend" retry \
        "upload 1 $T/up.tar echo x >>../count; wc -c <big" "until 1 finished" "read 1 stdout" &&
    said "unknown .*" && said "started [0-9]*" && said 30000000 && [ "$(wc -l <"${JOBS}_1/count")" = 1 ]' 120

it 'cut at any moment of a start, it is begun once and found' 'cut_site && n=0 && while [ "$n" -lt 6 ]; do n=$((n + 1)) &&
    far "run true" "sh (sleep 0.0$n; $cut; sleep 0.5; $mend) &" "start $n echo x >>../count" retry "start $n echo x >>../count" retry "start $n echo x >>../count" "until $n finished" &&
    said "started [0-9]*" && said "$n finished - 0" && [ "$(wc -l <"${JOBS}_$n/count")" = 1 ] || return; done' 180

it 'cut in the middle of a look, states stay as they were' 'cut_site && far "start 1 sleep 60" "until 1 running" "sh $cut" "look 1" state "sh $mend" retry "look 1" &&
    said "failed .*" && said "state 2 .*" && said "1 running - -1" && said_not lost' 120

done_testing
