# Called as qdo: its verbs, its options, its columns, as scripts know them.
. "$(dirname "$0")/lib.sh"

# qdo …: the program, by that name; its words in the files out and err, as with docket.
qdo() {
    [ -h "$T/bin/qdo" ] || { mkdir -p "$T/bin" && ln -s "$DOCKET" "$T/bin/qdo"; } || return
    "$T/bin/qdo" "$@" >"$T/out" 2>"$T/err" </dev/null
    EXIT=$?
    say "qdo $* -> $EXIT"
    head -c 1500 "$T/out" >&2
    head -c 1500 "$T/err" | sed 's/^/2> /' >&2
    return "$EXIT"
}

# prints 'TEXT': what the last verb printed, to the character.
prints() { printf '%s\n' "$1" >wanted && same out wanted; }

verbs() { sed -n 's/^X(\([a-z]*\))$/\1/p' "$ROOT/src/cli/verbs.def"; }
QDO_VERBS='list create load add tasks status retry recover rerun revive pause resume delete'

it 'list: qdo'"'"'s columns, to the character' '
    start && qdo list && prints "QueueName               State Waiting  Pending  Running Succeeded   Failed" &&
    qdo create small && seq 12345 >f && qdo load depth-cut f && qdo create a-name-of-more-than-20 && qdo pause small &&
    qdo add small now && qdo add small --not-before 2100-01-01 later && api POST queues/depth-cut/claim worker=w max=3 && status 200 && taken w && for exit in 0 1; do
    api POST queues/depth-cut/finish worker=w results="[{\"lease\":$(leases w | cut -d, -f$((exit + 1))),\"exitcode\":$exit}]" && status 200 || return; done &&
    qdo list && prints "QueueName               State Waiting  Pending  Running Succeeded   Failed
a-name-of-more-than-20   Active       0        0        0         0        0
depth-cut              Active       0    12342        1         1        1
small                  Paused       1        1        0         0        0" && docket list && has out Killed'

it 'help, errors and hints speak of qdo; --version, -h and --help are everywhere' '
    start && qdo --version && has out "qdo $(sed -n "s/^ *version: .\(.*\).,/\1/p" "$ROOT/meson.build")" && qdo -h && cp out all && qdo && same out all && qdo --help &&
    same out all && for v in $QDO_VERBS; do has all "  $v " && qdo $v -h && has out "usage: qdo $v" && lacks out "docket $v" && qdo $v --help || return; done &&
    exits 2 qdo lst && has err "qdo: there is no verb" && has err "did you mean qdo list?" && exits 2 qdo tasks && has err "which queue? qdo tasks" &&
    exits 2 qdo add && has err "qdo: something is missing: qdo add" && exits 3 qdo status none && has err "qdo: " && stop && exits 4 qdo list &&
    has err "qdo serve" && for v in $(verbs); do qdo $v --help && has out "qdo $v" || return; done'

it 'tasks: a header, then a line each: the state, and the text in what awk calls column 2' '
    start && qdo tasks q; is $EXIT 3 && printf "%s\n" "./one" "two words" "./three" >f && qdo load q f && qdo tasks q && prints "State     Task
Pending   ./one
Pending   two words
Pending   ./three" && qdo tasks q --state=PENDING && awk "NR > 1 { print \$2 }" out >texts && printf "%s\n" ./one two ./three >wanted && same texts wanted &&
    qdo tasks --state Failed q && prints "State     Task" && qdo tasks q --limit 1 && lines out 2 && has err "qdo: there are more" &&
    seq 250 >many && qdo load many many && qdo tasks many && lines out 251'

it 'tasks: a text with newlines stays on its line, and so does every odd one' '
    start && qdo add q "for i in 1 2
do	echo \$i; done" && qdo add q " blank" && qdo add q "\$'"'"'quoted" && qdo add q "a\\nb '"'"'c'"'"'" && api POST queues/q/tasks "{\"payload\":{\"a\":[1]}}" && status 201 &&
    qdo tasks q && printf "%s\n" "State     Task" "Pending   \$'"'"'for i in 1 2\\ndo\\techo \$i; done'"'"'" "Pending   \$'"'"' blank'"'"'" \
    "Pending   \$'"'"'\$\\'"'"'quoted'"'"'" "Pending   a\\nb '"'"'c'"'"'" "Pending   {\"a\":[1]}" >wanted && same out wanted'

it 'load: a task a line, into a queue that it makes, each time; where the worker runs' '
    start && printf "./a\\n\n./b\n" >f && qdo load q f && qdo load q f && has out "2 tasks added" && counts pending=4 && printf "./c\n" | "$T/bin/qdo" load q - &&
    counts pending=5 && qdo add --priority 1 q "echo first" && claim w && got "echo first" && field ".tasks[0].cwd" null && claim w && field ".tasks[0].cwd" null &&
    qdo add --cwd /tmp --priority=1 q "echo there" && claim w && field ".tasks[0].cwd" /tmp && docket load q f && docket load q f && counts "pending=6 running=3"'

done_testing
