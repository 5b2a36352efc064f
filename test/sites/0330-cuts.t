# Lines that are cut at any moment: nothing is begun twice, nothing is forgotten. As root: hosts in network namespaces (test/sites.sh).
. "$(dirname "$0")/../t/lib.sh"
. "$ROOT/test/sites.sh"
. "$ROOT/test/sites/network_steps.sh"

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
