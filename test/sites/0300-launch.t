# Workers as batch jobs at real sites: an sshd and a Slurm of one's own. As root.
. "$(dirname "$0")/../t/lib.sh"
. "$ROOT/test/sites.sh"

# ssh_site: the server is up, and knows a site `far`.
ssh_site() {
    D=$T/far && mkdir "$D" && trap 'sshd_stop "$D"; jobs_end' EXIT && sshd_start "$D" && server &&
        quietly docket site add far --kind ssh --host far --ssh-config "$D/ssh_config"
}
slurm_site() {
    D=$T/slurm && mkdir "$D" && trap 'slurm_stop "$D"; jobs_end' EXIT && slurm_start "$D" && server
}
jobs_end() {
    for environ in $(grep -lsxzF "SCENARIO=$T" /proc/[0-9]*/environ) $(grep -lsxzF "HOME=$D/home" /proc/[0-9]*/environ); do
        pid=${environ#/proc/} && pid=${pid%/environ} && [ "$pid" = $$ ] || kill -9 "$pid" 2>/dev/null
    done
}
quietly() { "$@" >out.txt 2>err.txt || { cat out.txt err.txt >&2; return 1; }; }
commands() { seq "$1" | sed "s/.*/echo & >>$(printf %s "$T" | sed 's,/,\\/,g')\/ran/" >commands.txt; }
count_of() { docket status "$1" --json | python3 -c "import json,sys; print(json.load(sys.stdin)['counts']['$2'])"; }

it 'a queue of 1,000 commands is brought to its end behind ssh' 'ssh_site && commands 1000 && quietly docket load q commands.txt &&
    docket launch q 4 --site far --walltime 10:00 && docket wait q --timeout 200 && [ "$(sort -u ran | wc -l)" = 1000 ] && [ "$(wc -l <ran)" = 1000 ]' 300

it 'a queue of 1,000 commands is brought to its end by Slurm' 'slurm_site && commands 1000 && quietly docket load q commands.txt &&
    docket launch q 2 --site slurm --walltime 10:00 && docket wait q --timeout 200 && [ "$(sort -u ran | wc -l)" = 1000 ] && [ "$(wc -l <ran)" = 1000 ]' 300

done_testing
