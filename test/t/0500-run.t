# docket run: each line of a file run as a command, what it prints, how it ends.
. "$(dirname "$0")/lib.sh"

commands() { printf '%s\n' "$@" >cmds; }

# checksums DIR: a quoted sha256sum per file below it, as people write such lists.
checksums() { find "$1" -type f | LC_ALL=C sort | sed "s/'/'\\\\''/g; s/.*/sha256sum -- '&'/"; }
serial() { sh "$1" >"$1.serial" 2>"$1.serial-err"; }

strange_folder() {
    mkdir -p 'strange/-n' 'strange/a b/c'
    for name in 'two words' "it's" 'say "hi"' '$HOME' '`id`' '-rf' '--help' 'a\b' 'a\nb' 'semi;colon' 'star*' 'grüße-日本語-🦆' '#hash' \
        '&and|pipe' '(x)' '~tilde' ' leading' 'trailing ' '%s%d' '!!' '{}' '..x' "$(printf '%0200d' 0 | tr 0 x)" "tab	here"; do
        printf '%s\n' "$name" >"strange/$name" && printf '%s\n' "$name" >"strange/-n/$name" || return
    done
}

it 'the main job: --print -k equals a plain serial run' '
    find /usr/share/doc -type f | LC_ALL=C sort | head -400 | sed "s/.*/sha256sum &/" >cmds && serial cmds &&
    docket run cmds -j 4 --print -k && same out cmds.serial'

it 'names with spaces, quotes, dollars, leading dashes, UTF-8, 200 characters' '
    strange_folder && checksums strange >cmds && serial cmds && lines cmds.serial 48 &&
    docket run cmds -j 3 --print -k && same out cmds.serial'

it 'without -k each output comes whole, in any order' '
    for i in 1 2 3 4 5 6 7 8; do echo "for x in a b c d e; do echo $i; sleep 0.0$i; done"; done >cmds &&
    docket run cmds -j 8 --print && lines out 40 && is "$(uniq out | wc -l)" 8'

it 'counts at the end, exit 0' 'commands true true true && docket run cmds && has err 3 && not test -s out'

it 'one that fails: exit 1, summed up, and how to see it' '
    commands true "cat /no/such/file" true "cat /no/such/file" "exit 3" && exits 1 docket run cmds &&
    has err "No such file" && has err "exit 1" && has err "exit 3" && has err "docket tasks" && has err "--retry"'

it 'what it says to type works' '
    commands true "echo oh dear >&2; exit 4" && exits 1 docket run cmds &&
    grep "see them:" err | sed "s/.*: *docket//" >see && grep "what one said:" err | sed "s/.*: *docket//" >said &&
    eval "docket $(cat see)" && has out "oh dear" && eval "docket $(cat said)" && has err "oh dear"'

it 'blank lines are skipped, the last needs no newline, CR is no part' '
    printf "echo a\n\n   \necho b" >cmds && docket run cmds --print -k && printf "a\nb\n" >want && same out want'

it 'equal lines are as many tasks' '
    commands "echo x >>log" "echo x >>log" "echo x >>log" && docket run cmds && lines log 3 && docket run cmds &&
    lines log 3'

it 'stdin: docket run -' '
    printf "echo a\necho b\n" >cmds && "$DOCKET" run - --print -k --data d <cmds >out 2>err &&
    printf "a\nb\n" >want && same out want'

it 'commands run in the directory it was called in, with the shell sh, without input' '
    mkdir sub && cd sub && commands pwd "cat" "echo \$0" && docket run cmds --print -k &&
    printf "%s\n" "$T/sub" /bin/sh >want && sed s,^sh$,/bin/sh, "$T/out" >got && same got want'

it '--cwd, --env, --time-limit' '
    commands "pwd; echo \$A" && mkdir d && docket run cmds --print -k --cwd "$T/d" --env A="b c" &&
    printf "%s\n" "$T/d" "b c" >want && same out want && echo "sleep 50" >slow &&
    exits 1 docket run slow --time-limit 0.5 && has err "time"'

it 'what commands see: DOCKET_… and QDO_… but never a token' '
    commands env && docket run cmds --print &&
    for v in TASK QUEUE ATTEMPT SERVER; do has out "DOCKET_$v=" || return; done && lacks out DOCKET_TOKEN &&
    lacks out "$(cat home/.local/share/docket/run/*/token)"'

it 'output of 3 MB comes whole' '
    commands "seq 500000" && docket run cmds --print && seq 500000 >want && same out want'

it 'bytes that are no text come as they are' '
    commands "printf \"\\\\000\\\\377\\\\033[31m\"" && docket run cmds --print && printf "\000\377\033[31m" >want &&
    same out want'

it 'a reader that leaves: docket run | head' '
    seq 2000 | sed "s/^/echo /" >cmds && "$DOCKET" run cmds --print -k -j 2 2>err | head -3 >out && lines out 3'

it '-j N at once' '
    for i in 1 2 3 4 5 6; do echo "echo +; sleep 0.3; echo -"; done >cmds &&
    sed -i "s/echo +/echo + >>log/; s/echo -/echo - >>log/" cmds && docket run cmds -j 3 &&
    is "$(most_at_once log)" 3'

it '--max-fails stops' '
    seq 50 | sed "s/.*/exit 1/" >cmds && not docket run cmds -j 1 --max-fails 2 &&
    docket show --run cmds --json >/dev/null; is "$(jq .counts.failed out)" 2'

it '--logs keeps all output' '
    commands "seq 100000; echo oops >&2" && docket run cmds --logs logs && seq 100000 >want &&
    same logs/*.out want && is "$(cat logs/*.err)" oops'

it 'a file that is not there, a directory, no file: 1, 2' '
    exits 1 docket run nothing && one_line err && has err nothing && mkdir d && exits 1 docket run d &&
    one_line err && exits 2 docket run && exits 2 docket run a b && exits 2 docket run cmds -j 0 &&
    exits 2 docket run cmds --nonsense && has err nonsense'

it 'an empty file is done at once' ': >cmds && docket run cmds'

it 'a line over 64 KiB, a NUL: named, nothing runs' '
    printf "echo >ran\n%070000d\n" 0 >cmds && not docket run cmds && has err "line 2" &&
    printf "echo >ran\necho a\000b\n" >cmds && not docket run cmds && has err "line 2" && not test -e ran'

it '5,000 commands' '
    seq 5000 | sed "s/^/echo /" >cmds && seq 5000 >want && docket run cmds -j 2 --print -k && same out want' 200

it 'plain lines where there is no terminal' '
    commands true "sleep 0.3" && docket run cmds && grep -q "[^[:print:][:space:]]" err &&
    fail "stderr holds control characters" || true'

it 'nothing is left behind: no process, no listening port' '
    commands "sleep 0.1" true && docket run cmds && gone "$T/cmds" 3 && not living "docket run"'

done_testing
