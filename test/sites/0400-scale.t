# A scaled queue on a real Slurm of this one node, with an sbatch that fails at random. As root.
. "$(dirname "$0")/../t/lib.sh"
. "$ROOT/test/sites.sh"

slurm_site() {
    D=$T/slurm && mkdir "$D" && trap 'slurm_stop "$D"' EXIT && slurm_start "$D" && moody && server
}
# moody: once there is a file mood, an sbatch that refuses, or cannot reach its controller, one time in five each.
moody() {
    mkdir "$T/bin" && cat >"$T/bin/sbatch" <<END
#!/bin/sh
case \$([ ! -e "$T/mood" ] || od -An -N1 -tu1 /dev/urandom | awk '{ print \$1 % 5 }') in
0) echo refused >>"$T/moods"; echo "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy" >&2; exit 1 ;;
1) echo away >>"$T/moods"; echo "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)" >&2; exit 1 ;;
esac
echo taken >>"$T/moods"
exec $(command -v sbatch) "\$@"
END
    chmod 755 "$T/bin/sbatch" && PATH=$T/bin:$PATH && export PATH
}
tasks() { for n in $(seq "$1"); do docket add q -- "$2" >/dev/null || return; done; }
in_slurm() { squeue -h -o %i | wc -l; }
# holds: bounds and budget, by Slurm's own word and the server's.
holds() {
    n=$(in_slurm) && [ "$n" -le 3 ] || fail "$n jobs are in Slurm"
    api GET "queues/q/scale?site=slurm" && field ".promised <= .budget and .spent <= .promised" true && field "(.jobs|add) <= 3" true
}
finished() { holds || exit 1; api GET queues/q && [ "$(json .counts.succeeded)" = "$1" ]; }
nothing() { holds || exit 1; [ "$(in_slurm)" = 0 ] && [ "$(json ".jobs|add")" = 0 ]; }

it 'never above its bounds or budget while sbatch fails at random; idle jobs are gone within a minute' '
    slurm_site && tasks 1 true && docket scale q --site slurm --max-jobs 3 --tasks-per-worker 2 --walltime 10m --budget 0.6 && wait_for "finished 1" 60 && wait_for nothing 60 && touch mood &&
    tasks 6 "sleep 2" && wait_for "finished 7" 240 && wait_for nothing 60 &&
    field ".spent > 0" true && [ -s "$T/moods" ] && say "$(sort "$T/moods" | uniq -c | tr "\n" " ")" && docket scale && has out slurm' 360

it 'what has not begun is cancelled as soon as no task waits for it' '
    slurm_site && tasks 3 "sleep 100" && docket scale q --site slurm --max-jobs 3 --walltime 10m --budget 0.6 && wait_for "holds && field .jobs.running 1 && field .jobs.pending 2" 100 && docket cancel q --all &&
    wait_for "[ \"\$(squeue -h -t PD -o %i | wc -l)\" = 0 ]" 30 && wait_for nothing 60' 330

done_testing
