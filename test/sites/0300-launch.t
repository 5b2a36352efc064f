# Workers as batch jobs at real sites: a queue is brought to its end, and nothing is lost or charged when a job ends before it. As root.
. "$(dirname "$0")/../t/lib.sh"
. "$(dirname "$0")/launch_steps.sh"

it 'a queue of 1,000 commands is brought to its end behind ssh, where the program is put first' 'ssh_site && quietly docket site add far --kind ssh --host far --ssh-config "$D/ssh_config" && load 1000 && go far 4 --walltime 10:00 && ends 1000 && ran_once 1000 && until_at finished' 300

it 'and by Slurm' 'slurm_site && load 1000 && go slurm 2 --walltime 10:00 && ends 1000 && ran_once 1000 && until_at finished' 300

it 'a job that somebody cancels behind our back: its tasks are there again, and another job does the rest' 'PAUSE=0.03 && slurm_site && load 1000 && go slurm 2 && begun 50 &&
    scancel "$(json_job .batch)" && until_at cancelled && all_there 1000 && go slurm 2 && ends 1000 && ran 1000' 300

it 'so is one that is killed, which gives nothing back itself' 'slurm_site && load 20 "sleep 30" && go slurm 2 && wait_for "has_running 2" &&
    scancel --signal=KILL --full "$(json_job .batch)" && until_at cancelled && all_there 20 && released 2' 120

it 'docket job cancel, mid-way' 'PAUSE=0.03 && slurm_site && load 1000 && go slurm 2 && begun 50 && docket job cancel "$JOB" && until_at cancelled && reason "cancelled by root" && all_there 1000 &&
    go slurm 2 && ends 1000 && ran 1000' 300

it 'the same behind ssh' 'PAUSE=0.05 && ssh_site && load 1000 && go far 4 && begun 50 && docket job cancel "$JOB" && until_at cancelled && reason "cancelled by root" && all_there 1000 &&
    go far 4 && ends 1000 && ran 1000' 300

it 'a walltime that is over behind ssh: the workers stop before it, and what they hold is given back' 'ssh_site && load 4 "sleep 60" && go far 2 --walltime 6 && wait_for "has_running 2" && token_of_job &&
    until_at finished && reason - && all_there 4 && bad_token'

it 'so it is where the workers do not stop themselves' 'ssh_site && load 4 "sleep 60" && go far 2 --walltime 15 && wait_for "has_running 2" && token_of_job && freeze &&
    until_at failed && reason walltime && all_there 4 && bad_token'

it 'a walltime that is over by Slurm' 'slurm_site && load 4 "sleep 300" && go slurm 2 --walltime 10:00 && wait_for "has_running 2" && token_of_job && freeze &&
    scontrol update jobid="$(json_job .batch)" endtime=now && until_at failed slurm 100 && reason TIMEOUT && all_there 4 && bad_token' 150

it 'a node that fails: the tasks are there again' 'slurm_site && load 4 "sleep 300" && go slurm 2 -- --no-requeue && wait_for "has_running 2" && node_dies &&
    scontrol update nodename="$(hostname)" state=down reason=test && until_at failed && reason NODE_FAIL && all_there 4'

it 'and so they are where the scheduler begins the job anew, which does the rest' 'slurm_site && load 3 "[ -e $T/second ] \|\| sleep 300" && go slurm 2 && wait_for "has_running 2" && until_at running &&
    node_dies && scontrol update nodename="$(hostname)" state=down reason=test && until_at pending && all_there 3 &&
    touch second && slurmd -f "$SLURM_CONF" && wait_for "sinfo -h -o %t | grep -qx idle" 30 && scontrol update jobid="$(json_job .batch)" starttime=now && ends 3' 150

it 'a host that is started anew: its jobs are lost, and say so; their tasks come back with their leases, uncharged' 'ssh_site lease=30s && load 4 "sleep 300" && go far 2 && wait_for "has_running 2" &&
    sshd_reboot "$D" && until_at lost && reason "the host was started anew" && clock +31s && wait_for "has_running 0" && all_there 4 && load 0 && go far 2 && wait_for "has_running 2"'

it 'a host that does not answer for longer than a lease: what its workers could not renew is not charged' 'ssh_site lease=30s && load 4 "sleep 300" && go far 2 && wait_for "has_running 2" && freeze && sshd_stop "$D" &&
    wait_for "api POST sites/far/sync {} ; api GET sites/far && field .state away" && clock +31s && wait_for "has_running 0" && all_there 4'

done_testing
