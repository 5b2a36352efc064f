# What a supervisor such as systemd is told (sd_notify(3)): ready, alive, stopping.
. "$(dirname "$0")/lib.sh"

# watched ADDRESS USEC [PID]: from now on servers started are told to report there; the watchdog counts for process PID
# (theirs, if none is given).
watched() {
    python3 "$HERE/notify.py" "$1" "$T/told" &
    wait_for '[ -s told ]' || return
    printf '#!/bin/sh\nWATCHDOG_PID=%s exec "%s" "$@"\n' "${3:-\$\$}" "$DOCKET" >watched && chmod +x watched &&
        DOCKET=$T/watched && export NOTIFY_SOCKET="$1" WATCHDOG_USEC="$2"
}
told() { wait_for "grep -q -- '$1' '$T/told'"; }
signs() { grep -c '^WATCHDOG=1' "$T/told"; }
asked() { api GET /healthz && status 200; } # so a turn has passed

it 'READY=1 once it answers, with its address; STOPPING=1 before it ends' '
    watched "$T/ear" 0 && start && told "^READY=1 STATUS=listening on $(url) \[200\]$" && stop && told "^STOPPING=1 STATUS=" &&
    is "$(sed "s/ .*//" told | tr "\n" " ")" "bound READY=1 STOPPING=1 "'

it 'SIGHUP: RELOADING=1 with the time, then READY=1 again' '
    watched "$T/ear" 0 && start && told "^READY=1" && kill -HUP "$(cat "$DATA.pid")" && told "^RELOADING=1 MONOTONIC_USEC=[0-9]*$" &&
    wait_for "[ \$(grep -c ^READY=1 told) = 2 ]" && is "$(sed "s/ .*//" told | tr "\n" " ")" "bound READY=1 RELOADING=1 READY=1 " && asked'

it 'an abstract socket' '
    watched "@docket-$$" 0 && start && told "^READY=1.*\[200\]$"'

it 'a sign of life at half of the time asked for' '
    watched "$T/ear" 60000000 && start && told "^WATCHDOG=1" && is "$(signs)" 1 && clock +29s && asked && is "$(signs)" 1 &&
    clock +2s && wait_for "[ \$(signs) = 2 ]" && clock +31s && wait_for "[ \$(signs) = 3 ]"'

# One thread, so none of its own could go on telling that all is well.
it 'no sign of life from a loop that stands still' '
    watched "$T/ear" 60000000 && start && told "^WATCHDOG=1" && pid=$(cat "$DATA.pid") &&
    is "$(ls "/proc/$pid/task" | wc -l)" 1 && kill -STOP "$pid" && wait_for "grep -q ^State:.T /proc/$pid/status" &&
    clock_off +1h && not wait_for "[ \$(signs) -gt 1 ]" 2 && kill -CONT "$pid" && wait_for "[ \$(signs) = 2 ]"'

it 'a watchdog that is meant for another process is none' '
    watched "$T/ear" 60000000 1 && start && told "^READY=1" && clock +1h && asked && asked && is "$(signs)" 0'

it 'what it cannot make sense of does no harm, and is said' '
    export NOTIFY_SOCKET=nowhere WATCHDOG_USEC=60000000 && start && has server.log "NOTIFY_SOCKET is neither" && stop &&
    export NOTIFY_SOCKET="$T/none" && start && has server.log "could not tell the supervisor READY=1" && clock +1h && asked &&
    is "$(grep -c "could not tell" server.log)" 2 && stop &&
    export WATCHDOG_USEC=soon NOTIFY_SOCKET=/$(head -c 200 /dev/zero | tr "\0" x) && start && asked'

it 'a supervisor that reads nothing does not hold the server up' '
    python3 -c "import socket, time; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(\"$T/ear\"); print(flush=True); time.sleep(600)" >bound &
    wait_for "[ -s bound ]" && export NOTIFY_SOCKET="$T/ear" WATCHDOG_USEC=2000 && start && begun=$(date +%s) &&
    for i in $(seq 20); do asked || return; done && test $(($(date +%s) - begun)) -lt 10 && lacks server.log "could not tell"'

done_testing
