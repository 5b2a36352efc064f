# docket top: on a terminal played by tmux, and as one look without any.
. "$(dirname "$0")/lib.sh"

tmux_of=0
tm() { tmux -S "$T/tm$tmux_of" -f /dev/null "$@"; }

# top [COLUMNS ROWS [OPTION…]]: in a shell on a terminal, which says what it ended with and how it left the terminal.
top() {
    columns=${1:-100} rows=${2:-24}
    [ $# -lt 2 ] || shift 2
    cat >top.sh <<END
trap : INT TERM HUP
stty -a >before
"$DOCKET" top --interval 0.2 $* 2>err.top
echo "ended \$?" >ended
stty -a >after
exec sleep 60
END
    tm new-session -d -x "$columns" -y "$rows" "sh top.sh"
}
screen() { tm capture-pane -p >screen; }
shows() { wait_for "screen && grep -qF -- '$1' screen" "${2:-10}" || { cat screen >&2; return 1; }; }
hides() { wait_for "screen && ! grep -qF -- '$1' screen" 10 || { cat screen >&2; return 1; }; }
keys() { tm send-keys "$@"; }
begun() { shows 'docket ' && shows 'q quit'; }
process() { pgrep -P "$(tm display -p '#{pane_pid}')" -f "$DOCKET top"; }

# given_back STATUS: it ended so, and the terminal is as it was: its modes, its screen, its cursor.
given_back() {
    wait_for 'test -s after' 10 && is "$(cat ended)" "ended $1" && same before after &&
        is "$(tm display -p '#{alternate_on} #{cursor_flag} #{wrap_flag}')" '0 1 1'
}
over() { # the next one is another server: this one takes its time to go
    r=$?
    tm kill-server 2>/dev/null
    tmux_of=$((tmux_of + 1))
    return $r
}

it 'queues with their counts, the server in the first line' '
    server && add_many 12 && claim w max=2 && finish w 1 && top && begun && shows "$(url)" && shows "disk ok" &&
    grep -E "^q +.*10 +1 .* 1 " screen && shows "turns take"; over'

it 'it follows what happens' '
    server && add_many 3 && top && begun && shows " 3 " && make_queue another && shows another && claim w &&
    wait_for "screen && grep -E \"^q .* 2 +1 \" screen"; over'

it 'q gives the terminal back' 'server && top && begun && keys q && given_back 0; over'

it 'so do Ctrl-C, SIGTERM and SIGHUP' '
    server && top && begun && keys C-c && given_back 130 && over && for s in TERM=143 HUP=129; do rm -f after ended &&
    top && begun && kill -${s%=*} "$(process)" && given_back ${s#*=} || return; over; done; over'

it 'and a death of its own making' '
    server && top && begun && kill -ABRT "$(process)" && given_back 134; over'

it 'Ctrl-Z and fg' '
    server && cat >top.sh <<END && tm new-session -d -x 90 -y 20 "bash --norc -i" && wait_for "screen && grep -q \\$ screen" &&
END
    keys "\"$DOCKET\" top --interval 0.2" Enter && begun && keys C-z && shows Stopped && keys fg Enter && begun &&
    keys q && hides "q quit"; over'

it 'arrows choose, Enter goes in, Esc comes back' '
    server && make_queue r && make_queue s && add x && claim busy && top && begun && keys Down Up Enter && shows Holds &&
    shows busy && keys Escape && hides Holds && shows "Enter workers" && keys j Enter && shows "nobody works on it" &&
    keys BSpace && shows "Enter workers" && keys G k k k k Enter && shows busy; over'

it 'in a queue: who holds what since when, and why tasks failed' '
    server && add a && add b && claim w1 && finish w1 3 message="cat: /x: No such thing" && claim w1 && top && begun &&
    keys Enter && shows w1 && shows Failures && shows "No such thing" && grep -E "^w1 +1 .* 1 +1$" screen; over'

it 's sorts, by what the last line says' '
    server && make_queue b && api POST queues/b/tasks command=x && top && begun && shows "sort: name" &&
    keys s && shows "sort: pending" && wait_for "screen && grep -nE \"^(b|q) \" screen | head -1 | grep -q b"; over'

it 'p pauses after a yes, resumes, and a no does nothing' '
    server && top && begun && keys p && shows "pause q?" && keys n && hides "pause q?" && api GET queues/q &&
    field .state active && keys p && shows "pause q?" && keys y && shows paused && api GET queues/q &&
    field .state paused && keys p && shows "resume q?" && keys y && shows "goes on" && api GET queues/q &&
    field .state active; over'

it '? tells the keys' 'server && top && begun && keys ? && shows "pause the queue" && keys Escape && hides "pause the queue"; over'

it 'garbage typed at it does nothing' '
    server && top && begun && keys -l "$(printf "\033[<35;1;1M\033[999999999999~\033]0;x\007\303\244\377\033\033[Z")" &&
    keys Escape && sleep 0.5 && begun && test -n "$(process)" && keys q && given_back 0; over'

it 'the size changes: 40 columns, 200, 5 rows, 2' '
    server && make_queue "a-name-that-is-longer-than-ten" && add_many 3 && top && begun && tm resize-window -x 40 -y 24 &&
    wait_for "screen && grep -q \"^q .*3\" screen && grep -q Pending screen && ! grep -q Waiting screen" &&
    shows "a-name" && tm resize-window -x 200 -y 24 && shows Between && tm resize-window -x 200 -y 5 && shows Pending &&
    tm resize-window -x 20 -y 2 && sleep 0.5 && tm resize-window -x 100 -y 24 && begun && shows Pending; over'

it 'wide characters keep the columns, control characters never come through' '
    start && api PUT "queues/%E6%BC%A2%E5%AD%97%E6%BC%A2%E5%AD%97%E6%BC%A2%E5%AD%97%E6%BC%A2%E5%AD%97" && make_queue q &&
    evil=$(printf "w\033]0;owned\007\033[2J") && jq -n --arg w "$evil" "{worker:\$w}" >b && api POST queues/q/claim @b &&
    top 60 24 && begun && screen &&
    python3 "$HERE/screen.py" --aligned screen Pending && keys Enter && shows "x1b]0;owned" &&
    not grep -q "$(printf "\033")" screen; over'

it 'a server away is said, and it goes on when it is back' '
    server && add a && top && begun && kill9 && shows "server away, trying again" && shows Pending && start &&
    hides "server away" && make_queue fresh && shows fresh && keys q && given_back 0; over'

it 'the terminal goes away: so does top' '
    server && top && begun && p=$(process) && over; wait_for "! kill -0 $p"'

it 'without a terminal, or with --once: one look in plain text' '
    server && make_queue "a-rather-long-name-of-a-queue" && add a && add b && claim worker-one && docket top &&
    has out "a-rather-long-name-of-a-queue" && has out "workers of $(command id -un)/q" && grep -qE "^worker-one +1 " out &&
    lacks out "$(printf "\033")" && not grep -q " \$" out'

it '--json: the server, the queues, the workers' '
    server && add a && claim w && docket top --json && is "$(jq -r .server.status out)" ok &&
    is "$(jq -r ".server.url" out)" "$(url)" && is "$(jq -r ".queues[0].counts.running" out)" 1 &&
    is "$(jq -r ".workers[]|\"\\(.queue) \\(.worker) \\(.leases)\"" out)" "$(command id -un)/q w 1"'

it 'no server: 4; an interval too short: 2' '
    exits 4 docket top --once --server http://127.0.0.1:1 && one_line err && start && exits 2 docket top --interval 0.1'

done_testing
