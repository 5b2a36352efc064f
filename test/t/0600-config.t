# Settings: from the command line, the environment, a file, the default; `docket config` says from where.
. "$(dirname "$0")/lib.sh"

# setting NAME VALUE FROM: docket config says so.
setting() { is "$(jq -r ".\"$1\".value" out)" "$2" && jq -r ".\"$1\".from" out >from && has from "$3"; }
settings() { mkdir -p home/.config/docket && printf '%s\n' "$@" >home/.config/docket/docket.conf; }

it 'defaults' '
    unset DOCKET_DATA && docket config --json && setting data "$HOME/.local/share/docket" default &&
    setting listen 127.0.0.1:5000 default && setting log-level info default'

it 'the file beats the default, the environment the file, an option all' '
    settings "listen = 127.0.0.1:5051" "log-level = debug" && docket config --json &&
    setting listen 127.0.0.1:5051 docket.conf && setting log-level debug docket.conf &&
    DOCKET_LISTEN=127.0.0.1:5052 docket config --json && setting listen 127.0.0.1:5052 DOCKET_LISTEN &&
    DOCKET_LISTEN=127.0.0.1:5052 docket config --json --listen 127.0.0.1:5053 &&
    setting listen 127.0.0.1:5053 "command line"'

it 'PORT is read' 'PORT=5054 docket config --json && is "$(jq -r .listen.value out | grep -o "5054")" 5054'

it 'PORT is the port of an address that has none; alone it stays on this host' '
    PORT=5054 docket config --json && setting listen 5054 "environment PORT" &&
    PORT=5054 docket config --json --listen 0.0.0.0 && setting listen 0.0.0.0:5054 "command line and environment PORT" &&
    PORT=5054 DOCKET_LISTEN="[::]" docket config --json && setting listen "[::]:5054" "environment DOCKET_LISTEN and environment PORT" &&
    docket config --json --listen localhost && setting listen localhost:5000 "command line" &&
    PORT=5054 docket config --json --listen 0.0.0.0:5055 && setting listen 0.0.0.0:5055 "command line" &&
    PORT=five exits 2 docket config --listen 0.0.0.0 && has err 0.0.0.0:five && has err PORT &&
    settings "listen = 127.0.0.2" && docket config --json && setting listen 127.0.0.2:5000 docket.conf'

it 'a database is the one in the data directory; of any other nothing is said that could be secret' '
    docket config --json && setting db sqlite: default && DATABASE_URL=sqlite: docket config --json && setting db sqlite: DATABASE_URL &&
    for url in postgres://me:hunter2@db/x postgresql://me:hunter2@db/x "mysql://me:hunter2@db/x?p=hunter2" "host=db password=hunter2" sqlite:hunter2; do
        for verb in config serve; do
            DATABASE_URL=$url exits 2 docket $verb && one_line err && has err DATABASE_URL && has err "say --db sqlite:" && lacks err hunter2 && lacks out hunter2 || return
        done
        exits 2 docket config --db "$url" && has err "command line" && lacks err hunter2 && DOCKET_DB=$url exits 2 docket config && has err DOCKET_DB || return
        DATABASE_URL=$url docket config --json --db sqlite: && setting db sqlite: "command line" && lacks out hunter2 || return
    done && not test -e "$DATA" && DOCKET_DB=postgres://x exits 2 docket config && has err PostgreSQL && DOCKET_DB=mysql://x exits 2 docket config && has err mysql'

it '--config names another file' '
    settings "listen = 127.0.0.1:5051" && echo "log-level = error" >other && docket config --json --config other &&
    setting log-level error other && setting listen 127.0.0.1:5000 default && exits 1 docket config --config nothing'

it 'a name that is none, a line that is none, a value that is none: file and line' '
    settings "listen = 127.0.0.1:5051" "" "lissten = 5" && exits 2 docket config && has err "line 3" &&
    has err lissten && has err "mean listen" && settings "nonsense" && exits 2 docket config && has err "line 1" &&
    settings "log-level = loud" && exits 2 docket config && has err log-level'

it 'a file that is no text: a NUL byte, or without end' '
    printf "data = /x\nlisten = 80\0 garbage\n" >n.conf && exits 2 docket config --config n.conf && one_line err && has err "n.conf line 2" &&
    exits 2 docket config --config /dev/zero && one_line err && has err /dev/zero'

it 'serve takes them' '
    mkdir d && echo "data = $T/elsewhere" >conf && echo "listen = 127.0.0.1:0" >>conf && unset DOCKET_DATA &&
    { "$DOCKET" serve --config conf >server.log 2>&1 & echo $! >elsewhere.pid; } && DATA=$T/elsewhere &&
    wait_for ready && api GET queues && status 200'

it 'secrets are not printed' '
    docket config && lacks out token_value && start && docket config && lacks out "$(cat "$DATA/token")"'

it 'verbs find the server of DOCKET_DATA, and of the default place' '
    start && docket list && unset DOCKET_DATA && exits 4 docket list && mkdir -p home/.local/share &&
    ln -s "$DATA" home/.local/share/docket && docket list'

done_testing
