# The harness of the scenarios, here and in test/packages. A file NNNN-topic.t sources this and says
#
#   it 'a silent worker loses its task' 'server lease=30s && add a && claim w1 && clock +31s && claim w2 && got a'
#
# Each `it` runs its steps, joined by &&, in a shell, a directory ($T), a data directory ($DATA) and a server of its
# own, and prints `ok NAME`, or `not ok NAME` with what happened. A step that finds something wrong says so and fails.
# Afterwards every process the scenario started is ended; servers still up must stop cleanly on SIGTERM, and no
# sanitizer may have complained. STEPS see the functions below and those the file defines.
#
# sh FILE.t runs all of a file, ONLY=3 sh FILE.t the third alone with its transcript. DOCKET names the program,
# SHIMS where shim_clock.so and shim_fault.so are; with SHARED=1 every directory calls itself shared between hosts, with TLS=1
# every server speaks TLS.
set -u
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
HERE=$ROOT/test/t
DOCKET=${DOCKET:-$ROOT/build-check/src/cli/docket}
SHIMS=${SHIMS:-$ROOT/build-check/test}
count=0 failed=0

. "$HERE/steps.sh"

# it NAME STEPS [SECONDS]
it() {
    count=$((count + 1))
    if [ -n "${SCENARIO:-}" ]; then
        [ "$ONLY" = "$count" ] && alone "$2"
        return 0
    fi
    [ "${ONLY:-$count}" = "$count" ] || return 0
    T=$(mktemp -d "${TMPDIR:-/tmp}/docket-t.XXXXXX")
    ONLY=$count SCENARIO=$T timeout -k 5 "${3:-90}" sh "$0" >"$T/transcript" 2>&1 </dev/null
    verdict $? "$1" "${3:-90}"
    sweep "$T"
    rm -rf "$T"
}

# The steps, in this process. Does not return.
alone() {
    T=$SCENARIO DATA=$SCENARIO/data HOME=$SCENARIO/home LC_ALL=C.UTF-8 TMPDIR=$SCENARIO
    mkdir "$HOME" && cd "$T" || exit 1
    ASAN_OPTIONS=verify_asan_link_order=0:log_path=$T/sanitizer
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:log_path=$T/sanitizer
    export T HOME LC_ALL TMPDIR ASAN_OPTIONS UBSAN_OPTIONS DOCKET_DATA="$DATA"
    unset XDG_CONFIG_HOME XDG_DATA_HOME PORT DATABASE_URL DOCKET_SERVER DOCKET_TOKEN_FILE DOCKET_CA_FILE DOCKET_PIN SSL_CERT_FILE SLURM_JOB_END_TIME
    [ -z "${SHARED:-}" ] || shared
    [ -z "${TLS:-}" ] || tls || exit 1
    steps "$1" && stop_all && clean
    exit $?
}
steps() { eval "$1"; } # so that a step may say `|| return`

# verdict STATUS NAME SECONDS
verdict() {
    if [ "$1" = 0 ]; then
        echo "ok $2"
        [ -z "${SHOW:-}" ] || sed 's/^/    /' "$T/transcript"
        return
    fi
    failed=$((failed + 1))
    echo "not ok $2 ($(basename "$0"), ONLY=$count)"
    [ "$1" != 124 ] || echo "    not done after $3 s"
    tail -n 40 "$T/transcript" | tr -d '\000-\010\013-\037\177' | cut -c1-600 | sed 's/^/    /'
    for f in "$T"/*.log "$T"/sanitizer.*; do
        [ -s "$f" ] || continue
        echo "    -- ${f##*/}"
        tail -n 30 "$f" | cut -c1-300 | sed 's/^/    /'
    done
}

# Ends whatever was started under this scenario, however it left its parents.
sweep() {
    for environ in $(grep -lsF "SCENARIO=$1" /proc/[0-9]*/environ); do
        pid=${environ#/proc/}
        kill -9 "${pid%/environ}" 2>/dev/null
    done
    return 0
}

clean() {
    for f in "$T"/sanitizer.*; do
        [ ! -e "$f" ] || fail "a sanitizer complained: ${f##*/}" || return
    done
}

# A file ends with `done_testing`; its exit status says whether all was well.
done_testing() { [ "$failed" = 0 ]; }
