# doc/FROM-QDO.md, block by block: each is run as it stands there.
. "$(dirname "$0")/lib.sh"

# follow TAG: somebody types the blocks of that tag into bash and stops at what fails. Words in typed.
follow() {
    { echo 'set -eo pipefail' && python3 "$ROOT/test/packages/blocks.py" "$ROOT/doc/FROM-QDO.md" "$1"; } >commands &&
        bash -s <commands >typed 2>&1
    EXIT=$?
    say "$1 -> $EXIT"
    tail -n 25 typed >&2
    return "$EXIT"
}

# in_path NAME COMMAND: a program of that name, for whoever types.
in_path() {
    mkdir -p "$T/path" && printf '#!/bin/sh\n%s\n' "$2" >"$T/path/$1" && chmod +x "$T/path/$1"
}

# at_home: somebody who has installed docket, and nothing of the name qdo.
at_home() {
    mkdir -p "$T/path" "$T/work" && ln -sf "$DOCKET" "$T/path/docket" && PATH=$T/path:$PATH && DOCKET_LISTEN=127.0.0.1:$(quiet_port) &&
        export PATH DOCKET_LISTEN && cd "$T/work"
}
bricks() { printf '%s\n' b1 b2 b3 >bricks.txt && printf '%s\n' '#!/bin/sh' 'echo "$1" >>done.txt; [ "$1" != b2 ]' >brick.sh && chmod +x brick.sh; }
listed() { grep -F "$1" typed | tail -n 1 | tr -s ' ' >listed && is "$(cat listed)" "$2"; }

it 'moving in: a list of the old qdo, a server, the queue again' '
    at_home && in_path qdo "printf \"%s\\n\" \"State      Task\" \"Succeeded  ./brick b1\" \"Failed     ./brick b2\" \"Running    ./brick b3\" \"Pending    ./brick b4 &\"" &&
    follow old && follow move && has typed "3 tasks added to bricks, 1 in other states left out" && docket show bricks --json && is "$(jq .counts.pending "$T/out")" 3 &&
    docket tasks bricks --text "b4 &" && has "$T/out" "./brick b4 &"'

it 'the link, and a session with it' '
    at_home && start --listen "$DOCKET_LISTEN" && follow link && listed QueueName "QueueName State Waiting Pending Running Succeeded Failed" && test -h "$HOME/bin/qdo" &&
    bricks && PATH=$HOME/bin:$PATH && follow session && listed "bricks  " "bricks Active 0 0 0 2 1" && is "$(grep -cx b2 typed)" 1 && has typed "1 task will be run again"'

it 'workers in a job: several at once, each takes what the others have not' '
    at_home && start --listen "$DOCKET_LISTEN" && in_path sbatch "sh \$1" && in_path srun "for n in 1 2 3 4; do \"\$@\" & done; wait" && bricks &&
    ln -s "$DOCKET" "$T/path/qdo" && qdo load bricks bricks.txt && follow cluster && listed "bricks  " "bricks Active 0 0 0 2 1" && is "$(sort done.txt | tr "\n" " ")" "b1 b2 b3 "'

it 'QDO_DIR: what scripts call by it' '
    at_home && start --listen "$DOCKET_LISTEN" && mkdir -p there/bin && ln -s "$DOCKET" there/bin/qdo && export QDO_DIR=$PWD/there QDO_DB_PASS=secret QDO_BACKEND=postgres &&
    "$QDO_DIR/bin/qdo" noop && "$QDO_DIR/bin/qdo" create q && "$QDO_DIR/bin/qdo" add q "echo \$QDO_QUEUE \$QDO_TASKID" && "$QDO_DIR/bin/qdo" do q && docket output 1 &&
    is "$(cat "$T/out")" "q 1"'

done_testing
