# Workers as batch jobs at real sites: a queue is brought to its end, and nothing is lost or charged when a job ends before it. As root.
. "$(dirname "$0")/../t/lib.sh"
. "$(dirname "$0")/launch_steps.sh"

it 'a queue of 1,000 commands is brought to its end behind ssh' 'ssh_site && load 1000 && go far 4 --walltime 10:00 && ends 1000 && ran_once 1000 && until_at finished' 300

it 'and by Slurm' 'slurm_site && load 1000 && go slurm 2 --walltime 10:00 && ends 1000 && ran_once 1000 && until_at finished' 300

it 'a job that somebody cancels behind our back: its tasks are there again, and another job does the rest' 'slurm_site && load 1000 && go slurm 2 && begun 50 &&
    scancel "$(json_job .batch)" && until_at cancelled && all_there 1000 && go slurm 2 && ends 1000 && ran 1000' 300

it 'so is one that is killed, which gives nothing back itself' 'slurm_site && load 20 "sleep 30" && go slurm 2 && wait_for "has_running 2" &&
    scancel --signal=KILL --full "$(json_job .batch)" && until_at cancelled && all_there 20 && released 2' 120

it 'docket job cancel, mid-way' 'slurm_site && load 1000 && go slurm 2 && begun 50 && docket job cancel "$JOB" && until_at cancelled && reason "cancelled by root" && all_there 1000 &&
    go slurm 2 && ends 1000 && ran 1000' 300

it 'the same behind ssh' 'ssh_site && load 1000 && go far 4 && begun 50 && docket job cancel "$JOB" && until_at cancelled && reason "cancelled by root" && all_there 1000 &&
    go far 4 && ends 1000 && ran 1000' 300

done_testing
