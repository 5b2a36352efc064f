# docket run called again: it goes on where it was, and runs nothing twice that had finished.
. "$(dirname "$0")/lib.sh"

commands() { printf '%s\n' "$@" >cmds; }
logging() { seq "$1" | sed 's/.*/echo & >>log/'; }

it 'again: nothing runs' 'logging 5 >cmds && docket run cmds && docket run cmds && lines log 5'

it 'FILE grown by a line: only that runs' '
    logging 5 >cmds && docket run cmds && echo "echo new >>log" >>cmds && docket run cmds && lines log 6 &&
    is "$(tail -1 log)" new'

it 'an equal line more: one more runs' '
    commands "echo a >>log" "echo a >>log" && docket run cmds && echo "echo a >>log" >>cmds && docket run cmds &&
    lines log 3'

it 'a line put in front moves nothing' '
    logging 3 >cmds && docket run cmds && { echo "echo first >>log"; logging 3; } >cmds2 && cat cmds2 >cmds &&
    docket run cmds && lines log 4 && is "$(tail -1 log)" first'

it 'lines taken out are not run' '
    commands "echo a >>log" "exit 1" && exits 1 docket run cmds && commands "echo a >>log" "echo b >>log" &&
    docket run cmds && lines log 2'

it 'failed ones stay failed; --retry runs them, and them only' '
    commands "echo a >>log" "echo b >>log; test -e ok" && exits 1 docket run cmds && exits 1 docket run cmds &&
    lines log 2 && : >ok && docket run cmds --retry && lines log 3 && is "$(tail -1 log)" b &&
    docket run cmds --retry && lines log 3'

it 'the file by another path is the same run' '
    logging 3 >cmds && docket run cmds && mkdir d && cd d && ln -s ../cmds link && docket run link &&
    docket run "$T/d/../cmds" && cd .. && lines log 3'

it 'the file moved elsewhere is another run; --data names one' '
    logging 3 >cmds && docket run cmds --data store && mv cmds other && docket run other --data store && lines log 3'

it 'two runs of different files at once' '
    for f in one two; do seq 30 | sed "s/.*/echo $f & >>$f.log; sleep 0.05/" >$f; done &&
    { "$DOCKET" run one -j 2 >one.out 2>&1 & p=$!; } && docket run two -j 2 && wait $p && lines one.log 30 &&
    lines two.log 30'

it 'the same file twice at once: the second is refused, the first goes on' '
    seq 3 | sed "s/.*/echo & >>log; sleep 1/" >cmds && { "$DOCKET" run cmds -j 1 >one.out 2>&1 & p=$!; } &&
    wait_for "test -s log" && exits 1 docket run cmds && one_line err && has err "run already" && wait $p &&
    lines log 3'

it 'one beside a running server: they do not meet' '
    server && add a && logging 5 >cmds && docket run cmds && lines log 5 && counts pending=1'

it 'kill -9 of run, and again: nothing finished runs twice, all runs' '
    seq 40 | sed "s/.*/echo & >>log; sleep 0.1; echo & >>done/" >cmds &&
    { "$DOCKET" run cmds -j 2 >one.out 2>&1 & p=$!; } && wait_for "test \$(wc -l <done) -ge 5" && kill -9 $p &&
    cp log log.killed && cp done done.killed && gone "$T/cmds" 3 && docket run cmds -j 4 &&
    is "$(sort -u done | wc -l)" 40 && test "$(wc -l <log)" -le 44 && test "$(sort done | uniq -d | wc -l)" -le 2'

it 'kill -9 leaves no command behind after 1 s' '
    printf "%s\n" "sleep 77.$$1 | cat" "(sleep 77.$$2 &) ; sleep 77.$$3" "setsid sleep 77.$$4" "sleep 77.$$5; true" >cmds &&
    { "$DOCKET" run cmds -j 4 --env MARK=m$$ >one.out 2>&1 & p=$!; } &&
    wait_for "living 77.$$1 && living 77.$$2 && living 77.$$3 && living 77.$$4 && living 77.$$5" && kill -9 $p &&
    sleep 1 && not living MARK=m$$'

it 'tasks, show, output, results of a run' '
    commands "echo hello" "echo oops >&2; exit 2" && exits 1 docket run cmds && docket tasks --run cmds &&
    has out "echo hello" && docket tasks --run cmds --state failed && lacks out "echo hello" && has out oops &&
    docket show --run cmds && has out "exit 2" && docket results --run cmds && has out hello &&
    id=$(docket tasks --run cmds --json --state succeeded; each ".[0].id") && docket output --run cmds "$id" &&
    has out hello'

it 'a run that never was' ': >cmds && exits 3 docket tasks --run cmds'

done_testing
