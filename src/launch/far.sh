# What docket says to a far side: functions in POSIX sh, sent with each call and followed by the call itself. All values come as
# arguments. Each call answers on stdout: a head, lines, `end`. README.md tells of the folder ~/.APP/HASH_N.
umask 077
far_tab=$(printf '\t')
far_boot=
read -r far_boot 2>/dev/null <"${DOCKET_BOOT_ID:-/proc/sys/kernel/random/boot_id}"
far_head() { printf '\ndocket 1\t%s\t%s\t%s\n' "$(date +%s)" "$far_boot" "$(printf %s "$HOME" | far_line)"; }
far_line() { tr '\n\t\r' '   '; }
far_put() { printf '%s\n' "$2" >"$1.$$" && mv -f "$1.$$" "$1"; }

# far_fail WORDS: not now; nothing has begun. far_refuse WORDS: never.
far_fail() { printf 'failed\t%s\n' "$(printf %s "$*" | far_line)"; return 1; }
far_refuse() { far_refused=1; printf 'refused\t%s\n' "$(printf %s "$*" | far_line)"; return 1; }
far_timed() {
    if command -v timeout >/dev/null; then timeout 60 "$@"; else "$@"; fi
}

# far_is_ours UNIQUE: does this folder hold that submission?
far_is_ours() {
    case $(cat settings.json 2>/dev/null) in *"\"$1\""*) ;; *) return 1 ;; esac
}

# far_told: was it begun, here or by a call before this one? Says so.
far_told() {
    far_i=0
    while [ -d begun ] && [ ! -e pid ] && [ "$far_i" -lt 3 ] && [ "$far_kind" = detached ]; do
        case $(cat status 2>/dev/null) in cancelled*) break ;; esac
        far_i=$((far_i + 1))
        sleep 1
    done
    far_word= far_rest=
    [ ! -e pid ] || read -r far_word far_rest <pid
    case $far_word in
    slurm) printf 'started\t%s\n' "${far_rest%% *}" ;;
    ?*) printf 'started\t%s\n' "$far_word" ;;
    *)
        [ -d begun ] || return 1
        case $far_kind,$(cat status 2>/dev/null) in
        slurm,cancelled* | slurm,running* | detached,*) printf 'started\t\n' ;;
        *) return 1 ;;
        esac
        ;;
    esac
}

# far_start APP JOB UNIQUE KIND WALLTIME SETTINGS SCRIPT TOKEN FILES [OPTION FOR SBATCH…]: begins it, once. Its input is the settings,
# the script, the token and a tar, each of so many bytes (a tar of -1: none).
far_start() {
    far_app=$1 far_job=$2 far_unique=$3 far_kind=$4 far_walltime=$5
    far_a=$6 far_b=$7 far_c=$8 far_d=$9
    shift 9
    cd && { [ -d ".$far_app" ] || mkdir ".$far_app"; } && cd ".$far_app" || { far_fail "could not make ~/.$far_app"; return; }
    if [ -e "$far_job/settings.json" ]; then
        cd "$far_job" || { far_fail "could not enter $far_job"; return; }
        far_is_ours "$far_unique" || { printf 'taken\n'; return; }
        far_told && return
        cd ..
    fi
    far_in=$PWD/.in.$far_unique.$$
    find . -maxdepth 1 -name '.in.*' -mtime +1 -exec rm -f {} + 2>/dev/null # of calls that were cut
    far_refused=
    far_receive "$far_job" "$@"
    cd "$HOME/.$far_app" && rm -f "$far_in" && [ -z "$far_refused" ] || far_clean_here "$far_job"
}

far_part() { tail -c "+$(($1 + 1))" "$far_in" | head -c "$2"; }

far_receive() {
    far_room=0
    [ "$far_d" -lt 0 ] || far_room=$far_d
    far_said=$(cat 2>&1 >"$far_in") || { far_fail "$far_said"; return; }
    [ "$(wc -c <"$far_in")" -eq $((far_a + far_b + far_c + far_room)) ] || { far_fail 'what was sent did not come whole'; return; }
    [ -d "$1" ] || mkdir "$1" 2>/dev/null
    [ ! -h "$1" ] && cd "$1" || { far_fail "could not make $1"; return; }
    shift
    if [ ! -e settings.json ]; then
        far_part 0 "$far_a" >"settings.$$" && ln "settings.$$" settings.json 2>/dev/null
        rm -f "settings.$$"
    fi
    far_is_ours "$far_unique" || {
        if [ -e settings.json ]; then printf 'taken\n'; else far_fail 'could not write settings.json'; fi
        return
    }
    far_unpack || return
    far_part "$far_a" "$far_b" >"job.sh.$$" && chmod 700 "job.sh.$$" && mv -f "job.sh.$$" job.sh || { far_fail 'could not write job.sh'; return; }
    if [ "$far_c" -gt 0 ]; then
        far_part $((far_a + far_b)) "$far_c" >"token.$$" && mv -f "token.$$" token || { far_fail 'could not write the token'; return; }
    fi
    [ -e status ] || far_put status "submitted$far_tab$far_tab$far_tab" || { far_fail 'could not write status'; return; }
    far_write_run || { far_fail 'could not write run.sh'; return; }
    if [ "$far_kind" = slurm ]; then far_submit "$@"; else far_detach; fi
}

# The uploaded directory, whole or not at all.
far_unpack() {
    [ ! -d files ] || return 0
    if [ "$far_d" -lt 0 ]; then
        mkdir files 2>/dev/null || [ -d files ] || far_fail 'could not make files'
        return
    fi
    rm -rf files.part.*
    mkdir "files.part.$$" || { far_fail 'could not make files.part'; return; }
    far_said=$(tail -c "+$((far_a + far_b + far_c + 1))" "$far_in" | tar -xof - -C "files.part.$$" 2>&1) ||
        { rm -rf "files.part.$$"; far_refuse "the directory could not be unpacked: $far_said"; return; }
    [ -d files ] || mv "files.part.$$" files || far_fail 'could not make files'
}

# Begins it in a session of its own. run.sh closes its stdout when it has written pid, or sees that another has.
far_detach() {
    command -v setsid >/dev/null || { far_refuse 'there is no setsid'; return; }
    [ -n "$far_boot" ] || { far_refuse 'there is no /proc/sys/kernel/random/boot_id'; return; }
    far_said=$(
        if [ -n "${far_locale-}" ]; then LC_ALL=$far_locale; else unset LC_ALL; fi
        setsid /bin/sh "$PWD/run.sh" "$far_walltime" "$far_boot" </dev/null 2>/dev/null &
    )
    far_told || far_fail "it did not begin${far_said:+: $far_said}"
}

# Gives it to the scheduler, unless it has it. A batch job that is there twice all the same runs once: run.sh sees to it.
far_submit() {
    far_most=$(far_timed scontrol show config 2>/dev/null | sed -n 's/.*max_script_size=\([0-9]*\).*/\1/p')
    [ "$far_b" -lt "${far_most:-4194304}" ] ||
        { far_refuse "the batch script has $far_b bytes, and the scheduler takes less than ${far_most:-4194304}"; return; }
    if ! mkdir begun 2>/dev/null; then
        far_id=$(far_timed squeue -h --states=all --user="$(id -u)" --name="$far_unique" -o %A 2>&1) || { far_fail "squeue: $far_id"; return; }
        [ -n "$far_id" ] || far_id=$(far_timed sacct -n -X -P --name="$far_unique" --format=JobIDRaw 2>/dev/null)
        far_id=$(printf '%s\n' "$far_id" | grep -x '[0-9]*' | head -n 1)
        [ -z "$far_id" ] || { far_put pid "slurm $far_id" && far_told || far_fail 'could not write pid'; return; }
    fi
    {
        printf '#!/bin/sh\n'
        awk '/^#SBATCH/ { print; next } /^[ \t]*(#|$)/ { next } { exit }' job.sh
        printf 'exec /bin/sh ../run.sh slurm\n'
    } >batch.sh || { far_fail 'could not write batch.sh'; return; }
    far_said=$(far_sbatch "$@" 2>&1)
    far_status=$?
    far_id=$(printf '%s\n' "$far_said" | sed -n 's/^\([0-9][0-9]*\)\(;.*\)*$/\1/p' | head -n 1)
    if [ "$far_status" = 0 ] && [ -n "$far_id" ]; then
        far_put pid "slurm $far_id"
        printf 'started\t%s\n' "$far_id"
    elif [ "$far_status" = 124 ]; then
        far_fail 'sbatch did not answer within a minute'
    else
        case $far_said in
        *'Unable to contact slurm controller'* | *'Socket timed out'* | *'Zero Bytes were transmitted'* | *'temporarily unable'* | \
            *'Resource temporarily unavailable'* | *'Connection refused'* | *'Transport endpoint'*)
            far_fail "$far_said" ;;
        *) rmdir begun 2>/dev/null; far_refuse "${far_said:-sbatch ended with status $far_status}" ;;
        esac
    fi
}

far_sbatch() {
    if [ -n "${far_locale-}" ]; then LC_ALL=$far_locale; else unset LC_ALL; fi
    far_timed sbatch "$@" --parsable --job-name="$far_unique" --output="$PWD/stdout" --error="$PWD/stderr" --chdir="$PWD/files" \
        "$PWD/batch.sh" </dev/null
}

# What stands between the far side and job.sh.
far_write_run() {
    cat >"run.sh.$$" <<'END' && mv -f "run.sh.$$" run.sh
# Runs job.sh of this folder, once, and writes pid, status and exit. run.sh WALLTIME BOOTID, or run.sh slurm
umask 077
cd "${0%/*}" || exit 1
here=$PWD limit=$1 boot=$2 why= child= began= told= tab=$(printf '\t')
put() { printf '%s\n' "$2" >"$1.$$" && mv -f "$1.$$" "$1"; }
keep() { # what must not be lost is written once there is room again
    tries=0
    until put "$1" "$2" || [ "$tries" -ge 360 ]; do tries=$((tries + 1)) && sleep 10; done
}
end_it() { # REASON SECONDS: asks the command to end; after so long it has to
    [ -z "$why" ] || return 0
    why=$1
    [ -n "$child" ] || return 0
    kill -s TERM -- "-$child" 2>/dev/null
    { sleep "$2" && kill -s KILL -- "-$child"; } 2>/dev/null &
}
if [ "$limit" = slurm ]; then
    put "begun/id.$SLURM_JOB_ID" "$SLURM_JOB_ID" && ln "begun/id.$SLURM_JOB_ID" begun/id 2>/dev/null
    rm -f "begun/id.$SLURM_JOB_ID"
    [ "$(cat begun/id)" = "$SLURM_JOB_ID" ] || exit 0 # it was submitted twice
    [ -e pid ] || put pid "slurm $SLURM_JOB_ID"
    trap 'woken=1 told=1; [ -z "$child" ] || kill -s TERM "$child"' TERM
else
    trap 'woken=1; end_it cancelled 5' TERM INT HUP
    trap 'woken=1; end_it walltime 10' USR1
    read -r stat </proc/$$/stat
    set -- ${stat##*) }
    printf '%s %s %s\n' $$ "${20}" "$boot" >"pid.$$" || exit 1
    mkdir begun 2>/dev/null || { rm -f "pid.$$" && exit 0; }
    mv "pid.$$" pid
    exec >/dev/null 2>&1
fi
began=$(date +%s)
rm -f exit
put status "running$tab$tab$began$tab"
read -r first <job.sh
case $first in '#!'*) set -- "$here/job.sh" ;; *) set -- /bin/sh "$here/job.sh" ;; esac
cd files
if [ "$limit" = slurm ]; then
    "$@" &
    child=$!
elif [ -z "$why" ]; then
    setsid "$@" </dev/null >"$here/stdout" 2>"$here/stderr" &
    child=$!
    [ -z "$why" ] || kill -s TERM -- "-$child"
    [ "$limit" = 0 ] || { sleep "$limit" && kill -s USR1 $$; } &
fi
code=
while [ -n "$child" ]; do
    woken=
    wait "$child"
    now=$?
    [ "$now" = 127 ] && [ -n "$code" ] || code=$now # a shell forgets what it has told
    [ -n "$woken" ] || break
done
# Whoever is still there of its group was asked to end as well, and has as long.
[ -z "$why" ] || while [ -n "$child" ] && kill -s 0 -- "-$child" 2>/dev/null; do sleep 1; done
cd "$here"
ended=$(date +%s) code=${code:-143}
[ ! -e cancel ] || why=cancelled
[ -n "$told" ] && [ -z "$why" ] || rm -f token # told to end by a scheduler, it may be begun anew
keep exit "$code"
case $why,$code in
cancelled,*) keep status "cancelled$tab$tab$began$tab$ended" ;;
,0) keep status "finished$tab$tab$began$tab$ended" ;;
*) keep status "failed$tab$why$tab$began$tab$ended" ;;
esac
[ "$limit" = slurm ] || { trap '' TERM && kill -s TERM 0; } # what waits for a time that matters no more
exit "$code"
END
}

# far_look KIND 'BATCH ID…' APP…: all that is known of the jobs of these apps. Processes are looked at before files: whoever was
# seen dead has written what there is.
far_look() {
    far_kind=$1 far_known=$2
    shift 2
    for far_app; do
        printf '= app\t%s\n' "$far_app"
        cd "$HOME" || { far_fail "could not enter $HOME"; return; }
        if cd ".$far_app" 2>/dev/null; then
            far_look_in [0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]_[1-9]*
        elif [ -e ".$far_app" ]; then
            far_fail "could not enter ~/.$far_app"
            return
        else
            printf '= none\n'
        fi
    done
    [ "$far_kind" != slurm ] || far_look_slurm
}

far_first_lines() { xargs -0 grep -asm1 '' /dev/null; }

far_look_in() {
    [ -e "$1" ] || return 0
    printf '= pids\n'
    printf '%s/pid\0' "$@" | far_first_lines
    printf '= procs\n'
    if [ -n "$far_boot" ]; then
        printf '%s/pid\0' "$@" | xargs -0 grep -hasm1 " $far_boot\$" /dev/null | # a shell would read it byte by byte
            sed -n 's,^\([0-9][0-9]*\) .*,/proc/\1/stat,p' | tr '\n' '\0' | far_first_lines
    fi
    printf '= files\n'
    { printf '%s/status\0' "$@" && printf '%s/exit\0' "$@" && printf '%s/cancel\0' "$@"; } | far_first_lines
    printf '= jobs\n'
    for far_job; do
        [ ! -f "$far_job/settings.json" ] || printf '%s\n' "$far_job"
    done
}

# What the scheduler knows; of those that it has forgotten, what its accounts know. States are told of only by what answers.
far_look_slurm() {
    SLURM_TIME_FORMAT=%s
    export SLURM_TIME_FORMAT
    far_said=$(far_timed squeue -h --states=all --user="$(id -u)" -o '%A|%T|%r|%S|%e' 2>&1) ||
        { printf '= squeue\tfailed\t%s\n' "$(printf %s "$far_said" | far_line)"; return 0; }
    printf '= squeue\n%s\n' "$far_said"
    [ -n "$far_known" ] || return 0
    far_left=$(printf '%s\n' "$far_said" | awk -F '|' -v known="$far_known" '
        { seen[$1] = 1 }
        END { n = split(known, ids, " "); for (i = 1; i <= n; i++) if (!(ids[i] in seen)) { printf "%s%s", comma, ids[i]; comma = "," } }')
    [ -n "$far_left" ] || return 0
    far_said=$(far_timed sacct -n -X -P --format=JobIDRaw,State,Start,End,ExitCode -j "$far_left" 2>&1) ||
        { printf '= sacct\tfailed\t%s\n' "$(printf %s "$far_said" | far_line)"; return 0; }
    printf '= sacct\n%s\n' "$far_said"
}

# far_settings APP JOB…: what was asked.
far_settings() {
    cd "$HOME/.$1" || { far_fail "could not enter ~/.$1"; return; }
    printf '= app\t%s\n= files\n' "$1"
    shift
    printf '%s/settings.json\0' "$@" | far_first_lines
}

# far_cancel KIND [APP JOB UNIQUE]…
far_cancel() {
    far_kind=$1 far_ids= far_names=
    shift
    while [ $# -ge 3 ]; do
        cd "$HOME/.$1/$2" 2>/dev/null && [ ! -e exit ] && far_cancel_here "$3"
        shift 3
    done
    [ -z "$far_ids" ] || far_scancel $far_ids
    [ -z "$far_names" ] || far_scancel --user="$(id -u)" --name="${far_names#,}"
}

far_cancel_here() {
    far_put cancel "$(date +%s)" || { far_fail "could not write cancel"; return; }
    if [ ! -e pid ] && mkdir begun 2>/dev/null; then
        far_put status "cancelled$far_tab$far_tab$far_tab$(date +%s)"
        rm -f token
        return
    fi
    far_pid= far_began= far_rest=
    [ ! -e pid ] || read -r far_pid far_began far_rest <pid
    case $far_pid in
    slurm) far_ids="$far_ids $far_began" ;;
    '' | *[!0-9]*) [ "$far_kind" != slurm ] || far_names="$far_names,$1" ;;
    *)
        read -r far_stat 2>/dev/null <"/proc/$far_pid/stat" || return 0
        far_stat=${far_stat##*) }
        set -- $far_stat
        [ "$far_rest" != "$far_boot" ] || [ "${20}" != "$far_began" ] || kill -s TERM -- "-$far_pid"
        ;;
    esac
}

far_scancel() {
    far_said=$(far_timed scancel "$@" 2>&1) && return
    case $far_said in
    *'Invalid job id'* | *'already complet'*) ;; # it has ended meanwhile
    *) far_fail "scancel: $far_said" ;;
    esac
}

# far_clean [APP JOB]…: only a folder, not a link to one, that holds a job. It loses its name first.
far_clean() {
    while [ $# -ge 2 ]; do
        cd "$HOME/.$1" 2>/dev/null && far_clean_here "$2"
        shift 2
    done
}

far_clean_here() {
    rm -rf .gone.*
    [ -e "$1" ] || [ -h "$1" ] || return 0
    [ ! -h "$1" ] && [ -d "$1" ] && [ -f "$1/settings.json" ] || { far_refuse "$1 is not the folder of a job"; return; }
    far_said=$(mv "$1" ".gone.$1" 2>&1 && rm -rf ".gone.$1" 2>&1) || far_fail "$far_said"
}

# far_read APP JOB stdout|stderr|files FROM MAX: bytes, and behind them a line with `end` and how it went.
far_read() {
    cd "$HOME/.$1/$2" 2>/dev/null || { far_refuse 'its folder is gone'; return; }
    printf 'bytes\n'
    far_status=0
    if [ "$3" = files ]; then
        set --
        for far_file in files stdout stderr exit; do
            [ ! -e "$far_file" ] || set -- "$@" "$far_file"
        done
        tar -cf - "$@" 2>/dev/null || far_status=$?
        [ "$far_status" != 1 ] || far_status=0 # a file that grew meanwhile
    elif [ -f "$3" ]; then
        tail -c "+$(($4 + 1))" "$3" | head -c "$5"
    fi
    printf '\nread %s\n' "$far_status"
}
