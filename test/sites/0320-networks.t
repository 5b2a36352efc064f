# Far sides without a way home but the connection, and lines that are cut at any moment: nothing is begun twice, nothing is forgotten,
# nothing secret is said in clear. As root: hosts and a compute node in network namespaces (test/sites.sh).
. "$(dirname "$0")/../t/lib.sh"
. "$ROOT/test/sites.sh"

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

it 'no docket there, and no route but the connection: python3 works the queue off through a forward of ssh' '
    ssh_site && commands 200 && not ip netns exec "$SPACE" curl -s -m 2 "$(url)/healthz" && overhear "$SPACE" heard && docket launch q 2 --site far --walltime 10:00 && token_of_job && docket wait q --timeout 120 &&
    all_ran 200 && site .found.home forward && site .found.program python3 && silent heard "$TOKEN" "$(cat "$DATA/token")"' 240

it 'a compute node that sees only the login node: python3 works the queue off through a relay there' '
    node_site && commands 200 && not ip netns exec "$NODE" curl -s -m 2 "$(url)/healthz" && overhear "$NODE" heard && overhear "$SPACE" login && docket launch q 2 --site far --walltime 10:00 && token_of_job && docket wait q --timeout 120 &&
    all_ran 200 && site .found.home relay && site .found.program python3 && silent heard "$TOKEN" "$(cat "$DATA/token")" && silent login "$TOKEN" "$(cat "$DATA/token")"' 300

# again: the server has seen that the site is back (it does so by itself, later).
again() { wait_for "docket site sync far && site .state up" 40; }
in_state() { site .state "$1"; }
seconds_since_seen() { docket site show far --json && echo $(($(date +%s) - $(date -d "$(jq -r .seen out)" +%s))); }

it 'cut at any moment of a submission, each job runs once and ends' '
    ssh_site && submit 0 && wait_for "jobs finished" && n=0 && for delay in 0 0.1 0.2 0.35 0.5 0.8; do n=$((n + 1)) && submit "$n" && lose_after "$delay" && sleep 0.3 && submit "1$n" && sleep 1.5 && again || return; done &&
    once 0 1 2 3 4 5 6 11 12 13 14 15 16' 300

it 'cut at any moment of an upload, each job runs once and ends' '
    slow_site && mkdir up && head -c 3000000 /dev/urandom >up/big && submit 0 && wait_for "jobs finished" && n=0 && for delay in 0.3 0.7 1.1 1.6; do n=$((n + 1)) && submit "$n" --dir up && lose_after "$delay" && sleep "$delay" && sleep 1 && again || return; done &&
    once 0 1 2 3 4 && is "$(cat "$D"/home/.docket/*/files/big | wc -c)" 12000000' 300

it 'cut at any moment of a look, jobs end as they did; the site is away meanwhile, tells since when it was not seen, and is up again by itself' '
    slow_site && for n in 1 2 3 4 5 6 7 8; do docket job submit --site far -- sh -c "sleep $n; echo ran >>\$HOME/ran.$n" || return; done &&
    for delay in 0.02 0.05 0.1 0.2; do { "$DOCKET" job sync >looked 2>&1 & } && lose_after "$delay" && sleep 2 || return; done && again && once 1 2 3 4 5 6 7 8 &&
    docket job submit --site far -- sh -c "sleep 25; echo ran >>\$HOME/ran.9" && wait_for "jobs \"finished running\"" && host_cut "$D" && wait_for "in_state away" 60 && sleep 3 &&
    [ "$(seconds_since_seen)" -ge 3 ] && docket site list && has out away && mend && wait_for "in_state up" 60 && once 1 2 3 4 5 6 7 8 9' 300

it 'cut for longer than ssh bears, the forward comes back at its port, though the host holds that for the old connection: workers go on, and lose no task' '
    ssh_site lease=120s && seq 80 | sed "s,.*,echo & >>$D/ran; sleep 1," >commands.txt && docket load q commands.txt && docket launch q 2 --site far --walltime 10:00 && wait_for "[ -s $D/ran ]" 60 && site .found.home forward && url=$(jq -r .found.url out) &&
    host_cut "$D" && wait_for "in_state away" 60 && held=$(ps -o pid= --ppid "$(cat "$D/sshd.pid")") && kill -STOP $held && mend && wait_for "in_state up" 60 && sleep 4 && kill -CONT $held && docket wait q --timeout 200 && all_ran 80 && site .found.url "$url" && docket job list --json && is "$(jq -s length out)" 1' 400

done_testing
