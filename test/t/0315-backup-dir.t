# A directory of dated backups, of which the last ones are kept.
. "$(dirname "$0")/lib.sh"

# on DAY docket …: the verb, with a clock that is so many days ahead.
on() {
    printf '%020d\n' $(($1 * 86400000000)) >"$T/verb.clock"
    shift
    LD_PRELOAD=$SHIMS/shim_clock.so TEST_CLOCK=$T/verb.clock "$@"
}
dated() { find "$1" -maxdepth 1 -type f -printf '%f\n' | grep -cE '^docket-[0-9]{8}T[0-9]{6}Z\.db$'; }
ahead() { date -u -d "+$1 days" +%Y%m%d; }
day_of() { printf '%s/docket-%sT000000Z.db' "$1" "$(date -u -d "$2 days" +%Y%m%d)"; }

it '--into: a dated file of its own in a directory that is made; all are kept' '
    server && add a && on 0 docket backup --into b && is "$(dated b)" 1 && mode b 700 && file=$(ls b/docket-*Z.db) && mode "$file" 600 &&
    has out "$file" && is "$(sqlite3 "$file" "SELECT count(*) FROM task")" 1 && on 1 docket backup --into b &&
    ls b | grep -q "docket-$(ahead 1)T" && is "$(ls -A b | wc -l)" 2'

it '--keep: the oldest go once the new one is there' '
    server && for day in 0 1 2 3 4; do on $day docket backup --into b --keep 3 || return; done && is "$(ls b | wc -l)" 3 &&
    ls b | grep -q "docket-$(ahead 4)T" && ls b | grep -q "docket-$(ahead 2)T" && has out "1 older removed" &&
    on 5 docket backup --into b --keep 1 --json && is "$(jq .removed out)" 3 && is "$(ls b)" "$(basename "$(jq -r .file out)")" &&
    on 6 docket backup --into b --json && is "$(jq .removed out)" 0 && is "$(dated b)" 2'

it 'names that only look alike, links and directories are kept' '
    server && mkdir b && cd b && : >docket-20200101T000000Z.db.gz && : >docket-2020010xT000000Z.db && : >xdocket-20200101T000000Z.db &&
    : >docket-20200101T000000Z.db-wal && : >docket-20200101t000000z.db && : >docket-20200101T00000Z.db && : >../mine &&
    ln -s ../mine docket-20200102T000000Z.db && mkdir docket-20200103T000000Z.db && : >docket-20200104T000000Z.db && cd .. &&
    ls b >before && docket backup --into b --keep 1 && has out "1 older removed" && not test -e b/docket-20200104T000000Z.db &&
    rm "$(sed "s/:.*//" out)" && sed -i /docket-20200104T000000Z/d before && ls b >after && same before after &&
    test -e mine'

it 'a clock that was set back: the new one stays, and the newest of the others' '
    server && mkdir b && : >"$(day_of b +10)" && : >"$(day_of b +11)" && docket backup --into b --keep 2 &&
    has out "$(ls b/docket-"$(date -u +%Y%m%d)"T*)" && is "$(dated b)" 2 && test -e "$(day_of b +11)"'

it 'nothing is removed where no new one comes about' '
    server && mkdir b && : >"$(day_of b -3)" && : >"$(day_of b -2)" && ls b >before &&
    printf "%020d %020d %020d\n" 20000 0 0 >verb.fault &&
    { LD_PRELOAD=$SHIMS/shim_fault.so TEST_FAULT=verb.fault TEST_FAULT_DIR=$T/b exits 1 docket backup --into b --keep 1; } &&
    one_line err && has err "no space left" && ls b >after && same before after && stop &&
    exits 4 docket backup --into b --keep 1 && exits 4 docket backup --into c --keep 1 && not test -e c && ls b >after && same before after'

it 'what a killed one left is taken over' '
    server && mkdir b && echo old >b/docket.db.part && docket backup --into b --keep 1 && is "$(ls b | wc -l)" 1'

it 'bad words: 2, nothing made' '
    for words in "--into b --keep 0" "--into b --keep -1" "--into b --keep many" "--keep 3 f.db" "--keep 3" "--into b f.db" \
        "--into b -" "" "--into"; do exits 2 docket backup $words && one_line err && not test -e b && not test -e f.db || return; done &&
    exits 2 docket backup --into "" && one_line err'

it 'a directory that is none, or cannot be made: one line' '
    server && : >f && exits 1 docket backup --into f && one_line err && has err "'"'f'"'" && exits 1 docket backup --into f/b && one_line err &&
    mkdir b && mkdir b/docket.db.part && exits 1 docket backup --into b && one_line err && has err docket.db.part'

done_testing
