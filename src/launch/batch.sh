#!/bin/sh
#SBATCH --job-name={{name}}
#SBATCH --ntasks={{workers}}
#SBATCH --cpus-per-task={{cores}}
#SBATCH --nodes={{nodes}}
#SBATCH --time={{walltime}}
#SBATCH --partition={{partition}}
#SBATCH --account={{account}}
#SBATCH --qos={{qos}}
#SBATCH --signal=B:TERM@60
# A batch job of docket's: {{workers}} workers of one queue. It runs in the folder files/ of the job, with the token for the queue beside that.
walltime={{walltime_seconds}}
{{environment}}
# One worker: job.sh worker K UNTIL
if [ "${1-}" = worker ]; then
    worker=$(hostname).$2
    until=${SLURM_JOB_END_TIME:-$3}
    exec {{command}}
fi
until=
[ "$walltime" = 0 ] || until=$(($(date +%s) + walltime))

# All of them: by srun where there are several nodes, else by ourselves. Who is told to end tells them, and waits for them.
pids='' steps=''
if [ "${SLURM_JOB_NUM_NODES:-1}" -gt 1 ] && command -v srun >/dev/null; then
    steps=$SLURM_JOB_ID
    srun --ntasks={{workers}} --cpus-per-task={{cores}} --kill-on-bad-exit=0 /bin/sh -c '/bin/sh "$1" worker "$SLURM_PROCID" "$2"' sh "$0" "$until" &
    pids=$!
else
    k=0
    while [ "$k" -lt {{workers}} ]; do
        /bin/sh "$0" worker "$k" "$until" &
        pids="$pids $!" k=$((k + 1))
    done
fi
tell() { if [ -n "$steps" ]; then scancel --signal=TERM "$steps"; else kill -s TERM $pids 2>/dev/null; fi; }
trap tell TERM INT HUP

status=0
for pid in $pids; do
    while wait "$pid"; code=$?; kill -s 0 "$pid" 2>/dev/null; do :; done
    [ "$code" = 0 ] || status=$code
done
exit "$status"
