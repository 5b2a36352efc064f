# Steps of scenarios with sites and the real server: an sshd and a Slurm of one's own, what is launched there, what became of it.
. "$ROOT/test/sites.sh"

# ssh_site [POLICY…]: the server is up, with a queue of that policy, and has a site `far` on an sshd of ours.
ssh_site() {
    D=$T/far && mkdir "$D" && trap 'sshd_stop "$D"; far_end' EXIT && sshd_start "$D" && server "$@" && site_far
}
site_far() { quietly docket site add far --no-check --kind ssh --host far --ssh-config "$D/ssh_config" --docket "$DOCKET" "$@"; }
# slurm_site [POLICY…]: the server is up, with a site `slurm`, a Slurm of ours.
slurm_site() {
    S=$T/slurm && trap 'slurm_stop "$S"' EXIT && slurm_start "$S" && server "$@"
}
# Those behind ssh have an environment of their own; all others are the scenario's, which ends them.
far_end() {
    for environ in $(grep -lsxzF "HOME=$D/home" /proc/[0-9]*/environ); do
        pid=${environ#/proc/} && kill -9 "${pid%/environ}" 2>/dev/null
    done
    return 0
}
quietly() { "$@" >out.txt 2>err.txt || { cat out.txt err.txt >&2; return 1; }; }

# load N [COMMAND]: N commands into q that note that they ran, after PAUSE seconds; or so many of that one.
load() {
    seq "$1" | if [ -n "${2-}" ]; then sed "s|.*|$2|"; else sed "s|.*|${PAUSE:+sleep $PAUSE \&\& }echo & >>$T/ran|"; fi >commands.txt && quietly docket load q commands.txt
}
# go SITE N [OPTION…]: workers for q; the job is then JOB.
go() {
    site=$1 workers=$2 && shift 2 && docket launch q "$workers" --site "$site" "$@" && newest
}
newest() { api GET "jobs?limit=1" && JOB=$(json '.jobs[0].id'); }
# at STATE [SITE]: JOB is in that state, after a look at its site. until_at: it comes to be in it.
at() { api POST "sites/${2:-$site}/sync" '{}' && api GET "jobs/$JOB" && field .state "$1"; }
until_at() { wait_for "at $1 ${2:-$site}" "${3:-40}" || { cat body >&2; return 1; }; }
json_job() { api GET "jobs/$JOB" && json "$1"; }
reason() { api GET "jobs/$JOB" && field '.reason // "-"' "$1"; }
# has_done N: so many tasks of q have succeeded. has_running N: so many are running.
has_done() { api GET queues/q && [ "$(json .counts.succeeded)" -ge "$1" ]; }
has_running() { api GET queues/q && [ "$(json .counts.running)" = "$1" ]; }
begun() { wait_for "has_done $1" 60; }
# all_there N: none is running, none lost, nothing counted against any.
all_there() {
    api GET queues/q && field .counts.running 0 && field '.counts|add' "$1" && field '.counts.pending + .counts.succeeded' "$1" && uncharged
}
uncharged() { api GET "queues/q/tasks?limit=1000" && field '[.tasks[]|.failures + .crashes]|add' 0; }
# released N: so many attempts were given back or taken back.
released() { api GET "queues/q/tasks?limit=1000" && field "[.tasks[]|select(.attempt_count > 0)]|length" "$1"; }
# ends N: the queue comes to its end, all succeeded.
ends() { docket wait q --timeout 200 && api GET queues/q && field .counts.succeeded "$1" && uncharged; }
# ran N: so many different commands noted that they ran. ran_once: and none twice.
ran() { is "$(sort -u ran | wc -l)" "$1"; }
ran_once() { ran "$1" && lines ran "$1"; }
folder() { api GET "jobs/$JOB" && FOLDER=${D:+$D/home}; FOLDER=${FOLDER:-$HOME}/.docket/$(json .job); }

# token_of_job: the one that JOB came with, in TOKEN; bad_token: it opens nothing any more.
token_of_job() { folder && TOKEN=$(cat "$FOLDER/token") && [ -n "$TOKEN" ] && AUTH="Bearer $TOKEN" api POST queues/q/claim worker=x max=0 && [ "$STATUS" != 401 ]; }
bad_token() { AUTH="Bearer $TOKEN" api POST queues/q/claim worker=x && status 401; }
# Processes that run in the folder of JOB, its workers among them.
processes_of_job() { folder && find /proc -maxdepth 2 -name cwd -lname "$FOLDER/files" 2>/dev/null | sed 's,/proc/\([0-9]*\)/.*,\1,'; }
workers_of_job() { for pid in $(processes_of_job); do grep -qsa "job$JOB\\." "/proc/$pid/cmdline" && echo "$pid"; done; }
# freeze: the workers of JOB neither work nor hear any more.
freeze() { kill -STOP $(workers_of_job); }
# node_dies: slurmd, and all that it has begun.
node_dies() {
    kill -9 "$(cat "$S/slurmd.pid")"
    for pid in $(processes_of_job); do
        step=$(ps -o ppid= "$pid" | tr -d ' ')
        ! grep -qs slurmstepd "/proc/$step/comm" || kill -9 "$step"
        kill -9 "$pid"
    done
}
