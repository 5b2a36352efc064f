# The pages of the manual and the completion of command lines: made from the tables, and right in what reads them.
. "$(dirname "$0")/lib.sh"

verbs() { sed -n 's/^X(\([a-z]*\))$/\1/p' "$ROOT/src/cli/verbs.def"; }

# options_of FILE: the long options that help tells of there.
options_of() { sed -n 's/^  \(-.,\|   \) \(--[a-z-]*\).*/\2/p' "$1"; }

# page NAME: as roff in the file page, as text in the file text. Neither groff nor mandoc has a word to say, but for the
# date: a page that is made by a build has none, so that each build makes the same.
page() {
    "$DOCKET" help --man "$1" >page && groff -man -ww -z -Tutf8 page >complaints 2>&1 &&
        mandoc -Tlint -W warning page | grep -v "missing date" >>complaints
    lines complaints 0 || { cat complaints >&2; return 1; }
    mandoc -Tutf8 -Owidth=200 page | col -bx >text
}

# completes WORD…: what bash is offered for the last of them, a line each, in the file out.
completes() {
    "$DOCKET" help --completion bash >script &&
        bash --norc -uc 'script=$1 program=$2; shift 2; source "$script"; COMP_WORDS=(docket "$@") COMP_CWORD=$#
            _docket "$program"; for word in "${COMPREPLY[@]}"; do printf "%s\n" "$word"; done' \
            bash ./script "$DOCKET" "$@" >out 2>err && lines err 0 || { cat err >&2; return 1; }
    say "completes $* -> $(tr "\n" " " <out)"
}
offers() { is "$(tr "\n" " " <out)" "${*:+$* }"; }

it 'every verb has a page without a warning, with all its options' '
    for v in $(verbs); do page $v && has text "docket-$v - " && has text "docket $v" && docket help $v || return
    for o in $(options_of out); do has text "$o" || return; done; done'

it 'docket(1): every verb, every exit status, every variable' '
    page docket && for v in $(verbs); do has text "docket-$v(1)" || return; done &&
    for s in $(sed -n "s/^X(ERR[A-Z_]*, *[0-9]*, *\([0-9]*\),.*/\1/p" "$ROOT/src/base/errors.def"); do
    grep -q "^  *$s  " text || fail "no status $s" || return; done &&
    for n in $(grep -oh "\"DOCKET_[A-Z_]*\"" "$ROOT"/src/cli/*.c | tr -d "\"" | sort -u); do
    [ "$n" = DOCKET_ ] || has text "$n" || return; done'

it 'docket.conf(5): every setting with its default' '
    page docket.conf && docket config --json && for n in $(jq -r "keys[]" out); do
    [ "$n" = config ] || has text "$n = " || return; done && has text "Default: 127.0.0.1:5000" && has text DOCKET_LOG_LEVEL'

it 'qdo(1): the verbs that qdo had, and what is another than under the name docket' '
    page qdo && for v in list create load add tasks status retry recover rerun revive pause resume delete do launch noop; do
    has text "docket-$v(1)" || return; done && has text "QueueName State Waiting Pending" && lacks text "docket-serve(1)"'

it 'a page of bounds, of hyphens, of examples' '
    page create && has text "From 1 to 1000000." && has text "docket create downloads --max-attempts 5" &&
    has page "\\-\\-max\\-attempts" && page run && has text "FILE - is stdin"'

it 'no such page, no such shell: 2' '
    exits 2 docket help --man nonsense && has err nonsense && exits 2 docket help --completion zsh && has err bash'

it 'completion: verbs' '
    for v in $(verbs); do completes $v && grep -qx $v out || fail "no verb $v" || return; done && completes cre &&
    offers create && completes help wo && offers work'

it 'completion: the same for qdo' '
    "$DOCKET" help --completion bash >script && bash --norc -uc ". ./script; complete -p qdo" >out && has out "_docket qdo"'

it 'completion: every option of every verb that help tells of' '
    for v in $(verbs); do docket help $v && options_of out >options && completes $v -- &&
    for o in $(cat options); do grep -qx -- $o out || fail "$v lacks $o" || return; done; done &&
    completes tasks q --st && offers --state'

it 'completion: states, whether = is a word of its own or not' '
    completes tasks q --state fa && offers failed && completes tasks q --state = fa && offers failed &&
    completes tasks q --state=fa && offers --state=failed && completes tasks q --state "" && lines out 6 &&
    completes serve --log-level "" && offers error warning info debug'

it 'completion: the queues of a running server, whatever they are called' '
    server && make_queue "my%20queue" && make_queue "a%3Ab" && make_queue "x%24(touch%20pwned)" && completes show q &&
    offers q && completes show my && offers "my\\ queue" && completes show a : && offers b &&
    completes show x && offers "x\\$\\(touch\\ pwned\\)" && completes show "\"x" && offers && completes cancel q "" &&
    offers && completes task "" && lines out 5 && completes task ex && offers export && not test -e pwned'

it 'completion: the queues of the server that is named, and none where none answers' '
    server && docket list --names && offers q && url=$(url) && export DOCKET_DATA=$T/other &&
    completes show "" && offers && not test -e other && completes show --server http : "${url#http:}" --token-file "$DATA/token" "" &&
    offers q && completes show --data="$DATA" "" && offers q'

it 'completion: files and directories, with a space in their name' '
    mkdir -p in && cd in && mkdir "my dir" && touch "my file" other &&
    completes load q my && is "$(sort out | tr "\n" ,)" "my dir,my file," && completes load q "my\\ f" && offers "my file" &&
    completes load q "\"my f" && offers "my file" && completes serve --data my && offers "my dir" &&
    completes add q -- cat oth && offers other'

done_testing
