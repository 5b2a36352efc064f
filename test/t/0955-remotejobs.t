# clients/python/remotejobs.py: jobs in folders of the far side, without any server of docket; and doc/FROM-REMOTE-JOBS.md.
. "$(dirname "$0")/lib.sh"

# rj WHAT…: as remotejobs_do.py has it, for the application rj on this machine ($SERVER: another). submit SCRIPT [DIR]: a plain job.
rj() { py remotejobs_do rj "${SERVER:--}" "$@"; }
submit() {
    rj submit "$(jq -nc --arg script "$1" --arg dir "${2:-}" '[$dir, "", $script, [], "", "", {}]')" && KEY=$(jq -r .jobid out) &&
        JOB=$HOME/.rj/$KEY
}
state_of() { rj state "$KEY" "$@"; }
told() { # JQ VALUE: of the last answer
    value=$(jq -r "$1" out)
    [ "$value" = "$2" ] || fail "$1 is '$value', not '$2'"
}
status_is() { state_of && told .status "$1"; }
fails() { exits 1 rj "$@" && grep -q "^[A-Za-z]*Error: " err && ! grep -q Traceback err; }
words() { grep -qF -- "$1" err || fail "it did not say '$1' but: $(cat err)"; }

it 'a job runs in a copy of a directory, with words as words; its end is told' '
    mkdir -p data/sub && echo hello >"data/it'\''s" && echo deep >data/sub/b && ln -s sub/b data/link && rj submit "[\"data\", \"\", \"pwd; cat link\", [\"it'\''s\"], \"echo prior\", \"echo post\", {\"name\": \"n\"}]" &&
    KEY=$(jq -r .jobid out) JOB=$HOME/.rj/$KEY && wait_for "status_is finished" && told .exitcode 0 && told .cleaned false && told .name n && told .jobid "$KEY" &&
    told "(.updated == .finished) and (.started <= .finished) and (.batch|tonumber > 1)" true &&
    [ "$(cat "$JOB/stdout")" = "prior
$JOB/files
deep
hello
post" ] && [ "$(stat -c %a "$JOB")" = 700 ] && [ -d "$JOB/files/sub" ]'

it 'it fails as it failed: a code, a signal, a step before it; what comes behind it changes nothing' '
    submit "exit 3" && wait_for "status_is failed" && told .exitcode 3 && told .reason "exit 3" &&
    submit "kill -9 \$\$" && wait_for "status_is failed" && told .reason "signal 9 (KILL)" &&
    rj submit "[\"\", \"\", \"exit 4\", [], \"\", \"true\", {}]" && KEY=$(jq -r .jobid out) && wait_for "status_is failed" && told .exitcode 4 &&
    rj submit "[\"\", \"\", \"true\", [], \"exit 5\", \"\", {}]" && KEY=$(jq -r .jobid out) && wait_for "status_is failed" && told .exitcode 5'

it 'the same settings have the same hash and the next number; other files another hash' '
    mkdir data && echo 1 >data/f && S="[\"data\", \"\", \"true\", [], \"\", \"\", {}]" && rj id "$S" && told "\"\(.[1]) \(.[2])\"" "1 true" && HASH=$(jq -r .[0] out) &&
    rj submit "$S" && told .jobid "${HASH}_1" && rj id "$S" && told "\"\(.[0]) \(.[1]) \(.[2])\"" "$HASH 1 false" && rj submit "$S" && told .jobid "${HASH}_2" &&
    cp -r data copy && rj id "[\"copy\", \"\", \"true\", [], \"\", \"\", {}]" && told ".[1]" 2 && echo 2 >data/f && rj id "$S" && told ".[2]" true &&
    fails submit "[\"copy\", \"\", \"true\", [], \"\", \"\", {}]" 2 && words "${HASH}_2 is there already" && rj keys && told "join(\" \")" "${HASH}_1 ${HASH}_2"'

it 'a folder to run in: what was sent is put there, and it stays' '
    mkdir data && echo 1 >data/f && rj submit "[\"data\", \"$T/a b/c\", \"cat f; pwd\", [], \"\", \"\", {}]" && KEY=$(jq -r .jobid out) && wait_for "status_is finished" &&
    [ "$(cat "$HOME/.rj/$KEY/stdout")" = "1
$T/a b/c" ] && state_of clean && told .cleaned true && [ -e "a b/c/f" ] && [ ! -e "$HOME/.rj/$KEY" ]'

it 'clean removes what has ended and nothing else' '
    submit "sleep 60" && status_is running && state_of clean && told .cleaned false && [ -d "$JOB" ] && kill "$(cut -d" " -f1 "$JOB/pid")" &&
    wait_for "status_is cancelled" && told .exitcode 143 && [ -d "$JOB" ] && state_of clean && told .cleaned true && told .status cancelled && [ ! -e "$JOB" ] &&
    state_of && told .status lost && told .reason "its folder is gone" && rj keys && told length 0'

it 'who died without a word is lost, and so is whoever ran before the host was started anew' '
    submit "sleep 60" && read -r pid rest <"$JOB/pid" && status_is running && kill -9 "$pid" && wait_for "status_is lost" && told .reason "its process is gone" &&
    echo "$pid ${rest% *} another-boot" >"$JOB/pid" && status_is lost && told .reason "the host was started anew" &&
    echo "$$ 1 $(cat /proc/sys/kernel/random/boot_id)" >"$JOB/pid" && status_is lost && told .reason "its process is gone"'

it 'one round trip, whatever the number of jobs; nothing is written there' '
    mkdir -p "$HOME/.rj" && cd "$HOME/.rj" && boot=$(cat /proc/sys/kernel/random/boot_id) && i=0 && while [ "$i" -lt 1000 ]; do
        i=$((i + 1)); mkdir "0123456789abcdef_$i" && cd "0123456789abcdef_$i" && echo "{\"unique\": \"u$i\", \"command\": \"true\"}" >settings.json && echo 0 >exit &&
        printf "finished\t\t1\t2\n" >status && echo "1 1 $boot" >pid && cd .. || return
    done && cd "$T" && touch "$HOME/.rj" && before=$(find "$HOME/.rj" -newer "$HOME/.rj" | wc -l) && TRIPS=$T/trips && export TRIPS && rj keys && told length 1000 &&
    [ "$(wc -l <trips)" = 1 ] && [ "$(find "$HOME/.rj" -newer "$HOME/.rj" | wc -l)" = "$before" ]'

it 'what others left in the folder does no harm' '
    submit true && wait_for "status_is finished" && mkdir "$HOME/.rj/x_1" "$HOME/.rj/no_number" "$HOME/.rj/a_2" "$HOME/.rj/b_3" "$HOME/.rj/c
_4" && for bad in no_number a_2 b_3 "c
_4"; do printf "{\"status\": \"finished\", \"jobid\": \"no\", [" >"$HOME/.rj/$bad/settings.json" || return; done &&
    echo "[1]" >"$HOME/.rj/a_2/settings.json" && printf "running\t" >"$HOME/.rj/b_3/status" && printf "1 2" >"$HOME/.rj/b_3/pid" && printf "\377\tx" >"$HOME/.rj/a_2/exit" && rj keys &&
    told length 3 && told "map(select(. == \"a_2\" or . == \"b_3\"))|length" 2 && rj state b_3 && told .status lost && rj state a_2 && told .status submitted && told .exitcode null'

it 'what is no server, no application, no folder, or leads out of it, is refused' '
    exits 1 py remotejobs_do ../etc - keys && words "an application" && exits 1 py remotejobs_do rj -oProxyCommand=x keys && words "HOST or HOST:PORT" &&
    exits 1 py remotejobs_do rj "a b" keys && words "HOST or HOST:PORT" && exits 1 py remotejobs_do rj "host:99x" keys && words "HOST or HOST:PORT" &&
    fails id "[\"none\", \"\", \"true\"]" && words "not a folder" && mkdir data && ln -s /etc/passwd data/l && fails id "[\"data\", \"\", \"true\"]" && words "leads out of" &&
    rm data/l && ln -s ../x data/l && fails id "[\"data\", \"\", \"true\"]" && words "leads out of" && rm data/l && mkfifo data/p && fails id "[\"data\", \"\", \"true\"]" && words "neither a file nor a folder"'

it 'the loop of the manual' '
    submit true && first=$KEY && submit false && wait_for "status_is failed" && python3 "$ROOT/test/packages/blocks.py" "$ROOT/doc/FROM-REMOTE-JOBS.md" loop >loop.py && mkdir "$HOME/.rj/no_number" &&
    echo "{}" >"$HOME/.rj/no_number/settings.json" && py remotejobs_loop loop.py rj table.db && [ "$(sqlite3 table.db "SELECT count(*), sum(updates), count(last_updated) FROM jobs")" = "2|0|2" ] &&
    py remotejobs_loop loop.py rj table.db && [ "$(sqlite3 table.db "SELECT count(*), sum(updates) FROM jobs")" = "2|2" ] &&
    [ "$(sqlite3 table.db "SELECT count(*) FROM jobs WHERE id IN ('\''$first'\'', '\''$KEY'\'')")" = 2 ] && [ -d "$HOME/.rj/$first" ]'

# ---- over ssh

# sshd: one of our own on a free port of 127.0.0.1, with keys of its own and $T/far as home, which ends with us (it hides its environment from
# sweep); $SSH is an ssh that knows it.
sshd() {
    SSHD_PORT=$(quiet_port) && mkdir -p far && ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f key &&
        cat >sshd_config <<END && cat >ssh_config <<END
ListenAddress 127.0.0.1:$SSHD_PORT
HostKey $T/host
AuthorizedKeysFile $T/authorized
PidFile $T/sshd.process
StrictModes no
UsePAM no
PasswordAuthentication no
SetEnv HOME=$T/far
LogLevel VERBOSE
END
Host far
    HostName 127.0.0.1
    Port $SSHD_PORT
    HostKeyAlias far
    IdentityFile $T/key
    IdentitiesOnly yes
    UserKnownHostsFile $T/known
END
    cp key.pub authorized && printf 'far %s\n' "$(cat host.pub)" >known && { [ -d /run/sshd ] || [ "$(command id -u)" != 0 ] || mkdir -p /run/sshd; } &&
        { setpriv --pdeathsig TERM /usr/sbin/sshd -f "$T/sshd_config" -D -E "$T/sshd.log" & } && wait_for "ssh-keyscan -p $SSHD_PORT 127.0.0.1 | grep -q ed25519" &&
        SSH="ssh -F $T/ssh_config" SERVER=far && export SSH
}
logins() { grep -c 'Accepted publickey' sshd.log; }

it 'over ssh: one connection for all that an object asks, ended with it' '
    sshd && mkdir data && echo hello >data/f && submit "cat f" data && JOB=$T/far/.rj/$KEY && [ "$(logins)" = 1 ] && wait_for "status_is finished" && [ "$(cat "$JOB/stdout")" = hello ] &&
    rj home && told "join(\" \")" "$T/far $HOME a/b" && state_of clean && told .cleaned true && [ ! -e "$JOB" ] && ! pgrep -f "ControlPath=/tmp/rj-[^ ]* .*$T/ssh_config"'

it 'over ssh: what it says is passed on: a changed key, a key it does not take, nobody there' '
    sshd && submit true && ssh-keygen -q -t ed25519 -N "" -f other && printf "far %s\n" "$(cat other.pub)" >known && fails keys && words "far does not answer" && words "Host key verification failed" &&
    printf "far %s\n" "$(cat host.pub)" >known && cp other.pub authorized && fails keys && words "Permission denied (publickey" && SERVER=127.0.0.1:1 && fails keys && words "onnection refused"'

it 'a password: for a prompt of a password alone, and on no command line' '
    printf "%s\n" "#!/bin/sh" "printf \"%s\\n\" \"\$@\" >>\"$T/argv\"" "case \$* in *BatchMode*) echo batch; exit 9 ;; *\" -O exit \"*) exit ;; esac" \
        "no=\$(\"\$SSH_ASKPASS\" \"Are you sure you want to continue connecting (yes/no/[fingerprint])?\") && exit 9" \
        "[ -z \"\$no\" ] && [ \"\$(\"\$SSH_ASKPASS\" \"me@far'\''s password: \")\" = \"s3cr3t word\" ] || exit 9" "unset SSH_ASKPASS REMOTEJOBS_PASSWORD" \
        "for last; do :; done" "exec /bin/sh -c \"\$last\"" >fake && chmod +x fake && SSH=$T/fake PASSWORD="s3cr3t word" SERVER=far:2222 && export SSH PASSWORD &&
    submit true && wait_for "status_is finished" && ! grep -q s3cr3t argv && grep -qx 2222 argv && grep -qx far argv && ! grep -rq "s3cr3t word" "$HOME/.rj" && unset PASSWORD && fails keys && words "far:2222 does not answer"'

it 'a connection that is cut on the way runs nothing by half; what was begun is not begun again' '
    printf "%s\n" "#!/bin/sh" "case \$* in *\" -O exit \"*) exit ;; esac" "for last; do :; done" "case \$(cat \"$T/cut\") in" "whole) exec /bin/sh -c \"\$last\" ;;" \
        "answer) /bin/sh -c \"\$last\" >/dev/null; exit 255 ;;" "*) head -c \"\$(cat \"$T/cut\")\" | /bin/sh -c \"\$last\"; exit 255 ;;" esac >fake && chmod +x fake && SSH=$T/fake SERVER=far && export SSH &&
    mkdir data && head -c 100000 /dev/zero >data/f && rj cut "[\"data\", \"\", \"echo ran >>$T/ran; wc -c <f\"]" "$T/cut" 3 1000 5000 20000 100000 answer answer whole &&
    told "[.[]|type]|join(\" \")" "string string string string string string string object" && told "[.[0:5][]|select(test(\"does not answer|did not come whole|could not|unexpected\"))]|length" 5 &&
    KEY=$(jq -r ".[-1].jobid" out) && wait_for "status_is finished" && [ "$(wc -l <ran)" = 1 ] && [ "$(cat "$HOME/.rj/$KEY/stdout")" = 100000 ] && [ "$(ls -A "$HOME/.rj")" = "$KEY" ]' 60

done_testing
