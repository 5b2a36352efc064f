# A Slurm cluster as the launcher meets it, directly and behind ssh: a real one of this one node, with sbatch and squeue that fail now and
# then. As root.
. "$(dirname "$0")/../t/lib.sh"
. "$ROOT/test/sites.sh"

slurm_site() {
    S=$T/slurm && trap 'slurm_stop "$S"' EXIT && slurm_start "$S" && export FAR_KIND=slurm JOBS="$HOME/.docket/0123456789abcdef"
}
# lying sbatch: it takes the job and says that it could not.
lying() {
    mkdir -p "$T/bin" && printf '#!/bin/sh\n%s "$@" >/dev/null\necho "sbatch: error: Socket timed out on send/recv operation" >&2\nexit 1\n' "$(command -v sbatch)" >"$T/bin/sbatch" &&
        chmod 755 "$T/bin/sbatch" && PATH=$T/bin:$PATH
}
far() {
    "$SHIMS/far" "$@" >said 2>&1
    status=$?
    cat said >&2
    return "$status"
}
said() { grep -qxE -- "$1" said || fail "nobody said '$1'"; }
said_not() { ! grep -qE -- "$1" said || fail "somebody said '$1'"; }

it 'a batch job runs, and ends as it does' 'slurm_site && far "start 1 echo out; pwd; exit 3" "until 1 failed" "read 1 stdout" "start 1 true" "start 2 true" "until 2 finished" &&
    said "started 1" && said "1 failed exit 3 3" && said out && said "${JOBS}_1/files" && said "2 finished - 0" && [ "$(squeue -h --states=all -o %i | wc -l)" = 2 ]'

it 'it waits, runs, and is cancelled, whether it has begun or not' 'slurm_site && far "option 1 --cpus-per-task=2 sleep 60" "start 2 true" "until 1 running" "look 2" "cancel 1 2" "until 1 cancelled" "until 2 cancelled" &&
    said "2 pending .* -1" && said "1 cancelled - 143" && said "2 cancelled - -1"'

it 'what sbatch refuses never ran, in its own words, and leaves nothing' 'slurm_site && far "option 1 --partition=nowhere true" &&
    said "refused sbatch: error: .*nvalid partition.*" && [ ! -e "${JOBS}_1" ] && [ -z "$(squeue -h --states=all)" ]'

it 'a script larger than the scheduler takes is refused before it gets it' 'slurm_site && echo "SchedulerParameters=max_script_size=2000" >>"$SLURM_CONF" && scontrol reconfigure &&
    wait_for "scontrol show config | grep -q max_script_size" && far "start 1 # $(head -c 2000 /dev/zero | tr "\\0" x)" "start 2 # $(head -c 1900 /dev/zero | tr "\\0" x)" &&
    said "refused the batch script has 2002 bytes, and the scheduler takes less than 2000" && said "started 1"'

it 'a scheduler that fails leaves states as they were, and says so' 'slurm_site && flaky "$T/bin" squeue 1 && far "start 1 sleep 60" "until 1 running" &&
    PATH=$T/bin:$PATH far "look 1" "look 1" && said "message squeue: .*Unable to contact slurm controller.*" && said "1 unknown - -1" && said "1 running - -1" && scancel 1'

it 'an sbatch that fails is tried again' 'slurm_site && flaky "$T/bin" sbatch 2 && PATH=$T/bin:$PATH && far "start 1 echo x >>../count" "start 1 echo x >>../count" "start 1 echo x >>../count" "until 1 finished" &&
    said "unknown .*Unable to contact.*" && said "started 1" && [ "$(cat "${JOBS}_1/count")" = x ]'

it 'one that took the job and could not say so is found by its name' 'slurm_site && lying && far "start 1 echo x >>../count" "start 1 echo x >>../count" "until 1 finished" &&
    said "unknown .*Socket timed out.*" && said "started 1" && [ "$(cat "${JOBS}_1/count")" = x ] && [ "$(squeue -h --states=all -o %i | wc -l)" = 1 ]'

it 'the same batch job twice in the scheduler runs once' 'slurm_site && far "option 1 --begin=now+2 echo x >>../count; sleep 1" && cd "${JOBS}_1/files" && sbatch --parsable --job-name=docket-test-1 ../batch.sh && cd "$T" &&
    wait_for "[ -z \"\$(squeue -h)\" ]" 40 && [ "$(cat "${JOBS}_1/count")" = x ]'

it 'a node that fails is the reason' 'slurm_site && far "option 1 --no-requeue sleep 60" "until 1 running" && scontrol update nodename="$slurm_node" state=down reason=test && far "until 1 failed" &&
    said "1 failed NODE_FAIL .*"'

it 'so is a time limit' 'slurm_site && far "option 1 --time=1 sleep 300" "until 1 running" "sh sleep 60" "until 1 failed" "until 1 failed" &&
    said "1 failed TIMEOUT (143|-1)"' 180

it 'one that the scheduler has forgotten is lost after a minute, not before; what it wrote itself is believed' 'slurm_site && far "start 1 true" "start 2 true" "until 2 finished" "until 1 finished" &&
    echo "slurm 998" >"${JOBS}_1/pid" && echo "slurm 999" >"${JOBS}_2/pid" && rm "${JOBS}_1/exit" && printf "running\t\t5\t\n" >"${JOBS}_1/status" && far "look 1 2" "clock 59" "look 1 2" &&
    said "1 unknown - -1" && said "2 finished - 0" && said_not lost && far "look 1" "clock 61" "look 1" && said "1 lost the scheduler does not know it any more -1"'

it 'it is reached over ssh as well' 'slurm_site && D=$T/far && mkdir "$D" && trap "sshd_stop $T/far; slurm_stop $T/slurm" EXIT && sshd_start "$D" && echo "SLURM_CONF=$SLURM_CONF" >"$D/env" &&
    export FAR_HOST=far FAR_CONFIG="$D/ssh_config" FAR_CONTROL="$D/control" && far "start 1 echo there" "until 1 finished" "read 1 stdout" "start 2 sleep 60" "until 2 running" "cancel 2" "until 2 cancelled" &&
    said there && said "1 finished - 0" && said "2 cancelled - 143"'

done_testing
