# docket run stopped: Ctrl-C, SIGTERM, SIGHUP; what runs is ended, what is left goes on later.
. "$(dirname "$0")/lib.sh"

# begin SECONDS N JOBS: a run of N commands of so many seconds in the background, of which one has begun at least.
begin() {
    seq "$2" | sed "s/.*/echo & >>log; sleep $1; echo & >>done/" >cmds
    "$DOCKET" run cmds -j "$3" >run.out 2>run.err </dev/null &
    run=$!
    wait_for '[ -s log ]'
}

# interrupt SIGNAL STATUS: and how it ends.
interrupt() { say "kill -$1 run" && kill "-$1" "$run" && { wait "$run"; r=$?; cat run.err >&2; is "$r" "$2"; }; }

it 'SIGINT ends it with 130, and the same command goes on' '
    begin 0.2 12 2 && wait_for "test -s done" && interrupt INT 130 && has run.err "goes on" && cp done before &&
    docket run cmds -j 4 && is "$(sort -u done | wc -l)" 12 &&
    is "$(sort before done | uniq -c | awk "\$1>2" | wc -l)" 0'

it 'SIGTERM ends it too, as sbatch and systemd do' '
    begin 0.2 12 2 && interrupt TERM 130 && docket run cmds -j 4 && is "$(sort -u done | wc -l)" 12'

it 'SIGHUP too' 'begin 0.2 12 2 && interrupt HUP 130 && docket run cmds -j 4 && is "$(sort -u done | wc -l)" 12'

it 'commands are ended with TERM; one that ends well is kept' '
    echo "trap \"exit 0\" TERM; echo x >>log; sleep 9 & wait; exit 1" >cmds &&
    { "$DOCKET" run cmds >run.out 2>run.err </dev/null & run=$!; } && wait_for "[ -s log ]" && kill -INT $run &&
    { wait $run; docket run cmds; } && lines log 1'

it 'commands that ignore TERM are killed after 5 s' '
    echo "trap \"\" TERM; echo >>log; while :; do sleep 1; done" >cmds &&
    { "$DOCKET" run cmds >run.out 2>run.err </dev/null & run=$!; } && wait_for "[ -s log ]" && interrupt INT 130 &&
    gone "$T/cmds" 2'

it 'a second Ctrl-C does not wait for them' '
    echo "trap \"\" TERM; echo >>log; while :; do sleep 1; done" >cmds &&
    { "$DOCKET" run cmds >run.out 2>run.err </dev/null & run=$!; } && wait_for "[ -s log ]" && b=$(date +%s%N) &&
    kill -INT $run && wait_for "grep -q stopping run.err" && interrupt INT 130 &&
    test $((($(date +%s%N) - b) / 1000000)) -lt 4500'

it 'stopping is not failing: nothing is counted' '
    begin 3 4 2 && interrupt INT 130 && docket tasks --run cmds --json &&
    is "$(each "map(select(.failures>0 or .crashes>0))|length")" 0 &&
    is "$(each "map(select(.state==\"pending\"))|length")" 4'

it 'a storm of signals' '
    begin 0.3 6 2 &&
    for i in 1 2 3 4 5 6; do kill -INT "$run" 2>/dev/null; done; wait "$run"; docket run cmds -j 4 &&
    is "$(sort -u done | wc -l)" 6'

done_testing
