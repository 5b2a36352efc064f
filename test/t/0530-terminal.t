# What is drawn on a terminal: a bar that stays on its line, and nothing that a task or a name could smuggle in.
. "$(dirname "$0")/lib.sh"

# on_tty COMMAND…: on a terminal of 80 columns; what it wrote is in `screen`, its status in $EXIT.
on_tty() {
    python3 "$HERE/screen.py" screen "$@"
    EXIT=$?
    cat -v screen | cut -c1-1000 >&2
    return 0
}

# no_evil: no escape sequence but those a progress bar needs, no C1, no bidirectional override, no bell.
no_evil() { python3 "$HERE/screen.py" --check screen; }

evil() { printf '\033]0;owned\007\033[2J\033[31mred\302\233\302\205\342\200\256txet\010\010\r\033P1$r\033\\\n'; }

it 'a bar with done, failed, left, rate and time' '
    seq 30 | sed "s/.*/sleep 0.05/" >cmds && echo "exit 1" >>cmds && on_tty "$DOCKET" run cmds -j 2 && is $EXIT 1 &&
    no_evil && tr "\r" "\n" <screen >s && grep -q "31" s && grep -qE "[0-9]+ ?/s|per second" s'

it 'what tasks say cannot break the terminal' '
    evil >evil && echo "cat $T/evil >&2; exit 1" >cmds && on_tty "$DOCKET" run cmds && is $EXIT 1 && no_evil &&
    has screen "x1bP1"'

it 'what commands are called cannot either' '
    printf "exit 1 # %s\n" "$(evil)" >cmds && on_tty "$DOCKET" run cmds && no_evil &&
    on_tty "$DOCKET" tasks --run cmds && no_evil && on_tty "$DOCKET" show --run cmds && no_evil'

it 'nor what the server is told: names, messages, reasons' '
    server && evil >evil && jq -Rsc "{command:.,key:.}" evil >b && api POST queues/q/tasks @b && status 201 &&
    claim w &&
    jq -Rsc --argjson l "$LEASE" "{worker:\"w\",results:[{lease:\$l,exitcode:1,message:.,output:.}]}" evil >b &&
    api POST queues/q/finish @b && status 200 &&
    for verb in "tasks q" "show q" "task 1" "results q" "list"; do on_tty "$DOCKET" $verb && no_evil || return; done'

it 'docket output on a terminal is made safe; into a file it is as it was' '
    evil >evil && echo "cat $T/evil" >cmds && docket run cmds && on_tty "$DOCKET" output --run cmds 1 && no_evil &&
    docket output --run cmds 1 && same out evil'

it 'a queue name with odd characters' '
    start && api PUT "queues/a%E2%80%AEb%C2%9Bc" && case $STATUS in 201) on_tty "$DOCKET" list &&
    no_evil ;; *) refused 400 bad_name ;; esac'

it 'an error that quotes what was typed' '
    on_tty "$DOCKET" "$(printf "\033[31mx")" && is $EXIT 2 && no_evil &&
    on_tty "$DOCKET" run "$(printf "\033]0;x\007")" && is $EXIT 1 && no_evil'

it 'a log line that quotes what was sent' '
    start && api GET "queues/%1B%5B31m" && api GET "/%1B%5B31m" && api PUT "queues/a%0Ab" && cp server.log screen &&
    no_evil'

it '--print passes on what tasks print, and the bar does not mix with it' '
    seq 20 | sed "s/.*/echo line-&; sleep 0.05/" >cmds && on_tty "$DOCKET" run cmds -j 2 --print -k && is $EXIT 0 &&
    python3 "$HERE/screen.py" --render screen >shown && is "$(grep -c "^line-[0-9]*$" shown)" 20'

it 'a narrow terminal' '
    seq 10 | sed "s/.*/sleep 0.05; true a long command that does not fit/" >cmds &&
    COLUMNS_WANTED=20 on_tty "$DOCKET" run cmds -j 2 && is $EXIT 0 && no_evil &&
    python3 "$HERE/screen.py" --render screen 20 >shown && test "$(wc -l <shown)" -lt 12'

it 'in tmux: nothing but the summary stays on the screen' '
    seq 20 | sed "s/.*/sleep 0.05/" >cmds &&
    tmux -S tm -f /dev/null new-session -d -x 100 -y 30 "$DOCKET run cmds -j 2; echo ended; sleep 60" &&
    wait_for "tmux -S tm capture-pane -p | grep -q ^ended" 30 && tmux -S tm capture-pane -p >shown &&
    cat shown >&2 && grep -q 20 shown && test "$(grep -c . shown)" -le 6; r=$?; tmux -S tm kill-server; return $r'

done_testing
