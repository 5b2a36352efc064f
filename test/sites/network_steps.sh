# Steps for hosts in network namespaces that the server reaches by ssh: what crosses there, lines that are cut. Sourced after sites.sh.

# host_site KIND: a host that the server reaches by ssh, and that does not reach the server; without docket.
host_site() {
    D=$T/far && mkdir "$D" && trap leave EXIT && echo "PATH=/usr/bin:/bin" >"$D/env" && host_start "$D" && SPACE=$(cat "$D/space")
}
add_site() { docket site add far --kind "$1" --host far --ssh-config "$D/ssh_config" --sync 5s --no-check; }
ssh_site() { host_site && server "$@" && add_site ssh; }
# node_site: the host is the login node of a cluster with one compute node behind it, which sees nothing else.
node_site() {
    host_site && S=$T/slurm && cluster_start "$S" "$D" && echo "SLURM_CONF=$SLURM_CONF" >>"$D/env" && server && add_site slurm
}
# slow_site: a line that takes a second for 2.5 MB.
slow_site() {
    ssh_site "$@" && ip netns exec "$SPACE" tc qdisc add dev eth0 root tbf rate 20mbit burst 100k latency 100ms && tc qdisc add dev "$SPACE" root tbf rate 20mbit burst 100k latency 100ms
}
leave() {
    [ -z "${S-}" ] || cluster_stop "$S"
    host_stop "$D"
    processes "HOME=$D/home" | xargs -r kill -9 2>/dev/null
    return 0
}
processes() { grep -lsxzF "$1" /proc/[0-9]*/environ | cut -d/ -f3; }

# The line is cut, and ssh has seen it; restored.
lose() {
    host_cut "$D"
    for pid in $(processes "SCENARIO=$T"); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != ssh ] || kill -9 "$pid" 2>/dev/null
    done
    return 0
}
mend() { host_mend "$D"; }
# lose_after SECONDS: in so long, for a second.
lose_after() { (sleep "$1" && lose && sleep 1 && mend) & }

# overhear SPACE FILE: all that crosses the interfaces there. silent FILE SECRET…: it was heard, and none of these in it.
overhear() {
    ip netns exec "$1" tcpdump -Z root -i any -U --immediate-mode -s 0 -w "$2" >"$2.out" 2>&1 &
    echo "$1 $!" >"$2.by"
    wait_for "grep -q 'listening on' '$2.out'"
}
silent() {
    heard=$1
    shift
    read -r in by <"$heard.by"
    ip netns exec "$in" python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"said in clear", ("127.0.0.1", 9))'
    wait_for "grep -qaF 'said in clear' '$heard'" && kill "$by" && [ "$(wc -c <"$heard")" -gt 100000 ] || fail "little was heard" || return
    for secret; do
        [ "${#secret}" -gt 20 ] && ! grep -qaF -- "$secret" "$heard" || fail "the secret was said in clear" || return
    done
}

# commands N: each leaves its number in ran. all_ran N: each of them once.
commands() { seq "$1" | sed "s,.*,echo & >>$D/ran," >commands.txt && docket load q commands.txt; }
all_ran() { is "$(sort -n "$D/ran" | uniq -c | awk '$1 == 1' | wc -l)" "$1" && lines "$D/ran" "$1"; }
token_of_job() { wait_for "TOKEN=\$(cat $D/home/.docket/*/token) && [ -n \"\$TOKEN\" ]" 60; }
site() { docket site show far --json && is "$(jq -r "$1" out)" "$2"; }
jobs() { docket job list --json && jq -s . out >jobs.json && is "$(jq -r "map(.state) | unique | join(\" \")" jobs.json)" "$1"; }

# once N…: each of these jobs has run once, and all are known to have finished.
once() {
    wait_for "jobs finished" 90 && is "$(jq length jobs.json)" $# || { cat jobs.json >&2; return 1; }
    for n; do
        is "$(cat "$D/home/ran.$n")" "ran" || fail "job $n" || return
    done
}
# submit N [OPTION…]: in the background, as the verb waits for the far side; it leaves ran.N.
submit() {
    job=$1
    shift
    "$DOCKET" job submit --site far --name "n$job" "$@" -- sh -c "echo ran >>\$HOME/ran.$job" >"submitted.$job" 2>&1 </dev/null &
}

# again: the server has seen that the site is back (it does so by itself, later).
again() { wait_for "docket site sync far && site .state up" 40; }
in_state() { site .state "$1"; }
seconds_since_seen() { docket site show far --json && echo $(($(date +%s) - $(date -d "$(jq -r .seen out)" +%s))); }
