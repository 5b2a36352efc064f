# Jobs at real sites by the server and its verbs: what cannot be done is said in one line and leaves nothing; a server that is killed at any moment
# starts a job once; files go there and come back. As root.
. "$(dirname "$0")/../t/lib.sh"
. "$(dirname "$0")/launch_steps.sh"

# nothing WORDS: they are said on one line of stderr, beside its hint; no job is left, nor a folder of one.
nothing() { one_line err && has err "$1" && docket job --json && lines out 0 && [ -z "$(ls "$T"/*/.docket "$T"/*/*/.docket 2>/dev/null | grep _)" ]; }

# later COMMAND…: by the clock of the server.
later() { export LD_PRELOAD="$SHIMS/shim_clock.so" TEST_CLOCK="$DATA.clock" && "$@"; }

# forwards_nothing LINE: an sshd with that in its settings. Workers would not come home; a job needs not to.
forwards_nothing() {
    D=$T/far && mkdir "$D" && trap "sshd_stop $T/far; far_end" EXIT && sshd_keys "$D" && sshd_port=$(site_port) && sshd_config "$D" 127.0.0.1 "$sshd_port" && ssh_config "$D" 127.0.0.1 "$sshd_port" &&
    echo "$1" >>"$D/sshd_config" && sshd_run "$D" && server && site_far && exits 1 docket launch q 1 --site far && has err "three ways out" && has err advertise && has err --listen && has err AllowTcpForwarding && nothing "could not reach this server" &&
    api POST queues/q/launch site=far workers=1 && refused 409 no_way_home && docket job submit --site far -- true && newest && site=far && until_at finished
}

it 'a site that there is not' 'server && exits 3 docket launch q 1 --site nowhere && nothing "there is no site '\''nowhere'\''" && exits 3 docket job submit --site nowhere -- true && nothing "there is no site '\''nowhere'\''"'

it 'a host that does not answer, in ssh words' 'server && exits 1 docket site add off --kind ssh --host 127.0.0.1 --port 1 && has out "Connection refused" && exits 4 docket launch q 1 --site off &&
    nothing "ssh: connect to host 127.0.0.1 port 1: Connection refused" && exits 4 docket job submit --site off -- true && nothing "Connection refused" && docket site && has out away'

it 'a host whose key has changed' 'ssh_site && ssh-keygen -q -t ed25519 -N "" -f other && sed "s/^/[127.0.0.1]:$sshd_port /" other.pub >"$D/known_hosts" && exits 4 docket launch q 1 --site far &&
    nothing "REMOTE HOST IDENTIFICATION HAS CHANGED" && exits 4 docket job submit --site far -- true && nothing "REMOTE HOST IDENTIFICATION HAS CHANGED"'

it 'a host that wants a password: the site needs login, its jobs keep their state with its age' 'ssh_site && docket job submit --site far -- sleep 300 && newest && site=far && until_at running && mv "$D/authorized_keys" away && sshd_stop "$D" && sshd_run "$D" &&
    wait_for "api POST sites/far/sync {} ; api GET sites/far && field .state needs_login" && docket site && has out "needs login" && has out "Permission denied" && clock +600s && (later docket job) && grep -q "running, 10 min" out &&
    exits 1 docket launch q 1 --site far && one_line err && has err "Permission denied" && has err "docket site login" && api POST queues/q/launch site=far workers=1 && refused 409 site_needs_login && mv away "$D/authorized_keys" && until_at running'

it 'what sbatch does not want, in its words' 'slurm_site && exits 1 docket launch q 1 --site slurm --partition nowhere && has err "sbatch: error" && nothing "nvalid partition" && exits 1 docket job submit --site slurm --option=--partition=nowhere -- true && nothing "nvalid partition" &&
    exits 1 docket launch q 1 --site slurm -- --ntasks=x && nothing "sbatch: error" && api POST queues/q/launch site=slurm workers=1 partition=nowhere && refused 422 site_refused'

it 'a batch script that the scheduler would not take is not sent' 'slurm_site && echo "SchedulerParameters=max_script_size=2000" >>"$SLURM_CONF" && scontrol reconfigure && wait_for "scontrol show config | grep -q max_script_size" &&
    exits 1 docket job submit --site slurm -- "# $(head -c 2000 /dev/zero | tr "\\0" x)" && nothing "the scheduler takes less than 2000"'

it 'no way home: the server is seen on loopback only, and ssh forwards nothing' 'forwards_nothing "AllowTcpForwarding no"'

it 'nor where it must not' 'forwards_nothing "DisableForwarding yes"'

it 'a server that is killed at any moment of a submission starts the job once, and finds it' 'ssh_site && docket site sync far && echo "sleep 0.4" >"$D/env" && n=0 && for t in 0 0.2 0.5 0.9 1.4 2; do n=$((n + 1)) &&
    waiting "s$n" POST jobs "{\"site\":\"far\",\"command\":\"echo x >>$T/count.$n\"}" && sleep "$t" && crash && newest && site=far && until_at finished && lines "count.$n" 1 || return; done && api GET jobs && field ".jobs|length" "$n"' 180

it 'so it is with Slurm' 'slurm_site && docket site sync slurm && n=0 && for t in 0 0.1 0.3 0.6; do n=$((n + 1)) &&
    waiting "s$n" POST jobs "{\"site\":\"slurm\",\"command\":\"echo x >>$T/count.$n\"}" && sleep "$t" && crash && newest && site=slurm && until_at finished && lines "count.$n" 1 || return; done && api GET jobs && field ".jobs|length" "$n" &&
    is "$(squeue -h --states=all -o %j | grep -c "^docket-[0-9]")" "$n"' 180

it 'workers that come home through ssh go on when the server is killed' 'ssh_site && load 60 "sleep 0.2; echo x >>$T/ran" && go far 2 && begun 5 && api GET sites/far && field .found.home forward && before=$(json .found.far_port) && crash && ends 60 && lines ran 60 &&
    api GET sites/far && field .found.far_port "$before" && until_at finished && api GET jobs && field ".jobs|length" 1' 120

it 'what is nobody'\''s to interpret: names, commands, variables, queues' 'ssh_site && mkdir d && W="\$(touch $T/x)\`touch $T/x\`;touch $T/x;#" && docket job submit --site far --name "$W" --env "A=$W" -- printf "%s|" "$W" "it'\''s" "-x" "a
b" && JOB=$(cat out) && site=far && until_at finished && docket job output "$JOB" && is "$(cat out)" "$W|it'\''s|-x|a
b|" && docket job submit --site far --env "A=$W" -- "printf %s \"\$A\"" && JOB=$(cat out) && until_at finished && docket job output "$JOB" && is "$(cat out)" "$W" && exits 2 docket site add "$W" --kind local && exits 1 docket site add h --host "$W" && exits 1 docket site add h --host=-oProxyCommand=x &&
    exits 1 docket site add h --host h --app "../x" && exits 1 docket job submit --site far --app "a b" -- true && exits 1 docket launch q 1 --site far --script "$W" --env "A-B=x" && exits 1 docket launch q 1 --site far --env "LD_PRELOAD=$W" &&
    load 1 "printenv A >>$T/ran" && go far 1 --env "A=$W" && ends 1 && is "$(cat ran)" "$W" && [ ! -e x ]' 120

it 'a launch with hostile words by Slurm' 'slurm_site && W="\$(touch $T/x)" && exits 1 docket launch q 1 --site slurm --partition "$W" && one_line err && exits 1 docket launch q 1 --site slurm -- "--comment=$W" "--job-name=a b;c" --wrap=x; [ ! -e x ]'

it 'a directory goes there, and comes back; the next one like it has the next number; what is cleaned away is gone' 'ssh_site && mkdir d && echo in >d/a && docket job submit --site far --dir d -- "cat a; sleep 1; echo more; echo new >b" && JOB=$(cat out) && docket job output "$JOB" -f && is "$(cat out)" "in
more" && site=far && until_at finished && folder && docket job fetch "$JOB" got && is "$(cat got/files/b)" new && docket job resubmit "$JOB" && newest && is "$(json ".jobs[0].job")" "$(basename "${FOLDER%_1}")_2" && until_at finished && docket job fetch "$JOB" again && is "$(cat again/files/b)" new &&
    docket job clean "$JOB" && wait_for "[ ! -e ${FOLDER%_1}_2 ]" && [ -e "$FOLDER" ] && wait_for "at finished && field .cleaned true"'

it 'a second docket finds the jobs of the first at the same host, and so does python' 'ssh_site && docket job submit --site far --name one -- "echo out; exit 3" && newest && site=far && until_at failed && KEY=$(json .job) && FIRST=$DATA &&
    DATA=$T/second && export DOCKET_DATA="$DATA" && start && site_far && quietly docket job sync && newest && api GET "jobs/$JOB" && field .job "$KEY" && field .state failed && field .exitcode 3 && field .name one && docket job output "$JOB" && is "$(cat out)" out &&
    docket job resubmit "$JOB" && newest && is "$(json ".jobs[0].job")" "${KEY%_1}_2" && until_at failed &&
    SSH="ssh -F $D/ssh_config" py remotejobs_do docket far keys && is "$(jq -r "sort|join(\" \")" out)" "$KEY ${KEY%_1}_2" && SSH="ssh -F $D/ssh_config" py remotejobs_do docket far state "$KEY" && is "$(jq -r "\"\(.status) \(.exitcode)\"" out)" "failed 3"'

done_testing
