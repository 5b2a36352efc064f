#!/bin/sh
# What `./dev demo` shows: real work done by docket beside the same work done by a plain shell, names that break
# careless programs, a failure summed up, and a server left up to play with. Everything it makes lies in build/demo.
set -u
cd "$(dirname "$0")/.." || exit 1
docket=${DOCKET:-$PWD/build/src/cli/docket}
place=$PWD/build/demo
jobs=$(nproc)

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
now() { date +%s%N; }
since() { echo "$((($(now) - $1) / 100000000))" | sed 's/\(.*\)\(.\)$/\1.\2 s/; s/^\./0./'; }

# The server an earlier demo left, if it is still ours.
stop_earlier() {
    pid=$(cat "$place/pid" 2>/dev/null) || return 0
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$place/data" || return 0
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

# checksums DIR: a line `sha256sum -- 'PATH'` per file below it, each path one quoted word.
checksums() { find "$1" -type f | LC_ALL=C sort | sed "s/'/'\\\\''/g; s/.*/sha256sum -- '&'/"; }

# compare FILE: FILE run by a plain shell, then by docket; says whether the outputs are equal.
compare() {
    lines=$(wc -l <"$1")
    start=$(now)
    sh "$1" >"$1.serial" || exit 1
    serial=$(since "$start")
    echo "\$ docket run $(basename "$1") -j $jobs --print -k >collected"
    start=$(now)
    "$docket" run "$1" -j "$jobs" --print -k --data "$1.data" >"$1.collected" || exit 1
    took=$(since "$start")
    cmp "$1.serial" "$1.collected" || { echo 'the outputs differ'; exit 1; }
    echo "$lines commands; the output equals that of a plain shell."
    echo "One after the other: $serial; docket, $jobs at a time: $took."
}

strange_files() {
    mkdir -p "$1/-n" "$1/a b/c"
    long=$(printf '%0200d' 0 | tr 0 x)
    for name in 'two words' "it's" 'say "hi"' '$HOME' '`id`' '-rf' '--help' 'a\b' 'semi;colon' 'star*' \
        'grüße-日本語-🦆' '#hash' '&and|pipe' '(brackets)' '~tilde' ' leading' 'trailing ' "$long"; do
        echo "$name" >"$1/$name"
        echo "$name" >"$1/-n/$name"
    done
    : >"$1/a b/c/empty"
}

stop_earlier
rm -rf "$place"
mkdir -p "$place"
cd "$place" || exit 1

say "Every file under /usr/share/doc, checksummed: one command a file"
checksums /usr/share/doc >doc.txt
compare "$place/doc.txt"

say 'Names with spaces, quotes, dollars, leading dashes, UTF-8 and 200 characters'
strange_files "$place/strange"
checksums "$place/strange" >strange.txt
compare "$place/strange.txt"

say 'One command of five fails'
printf 'echo one\necho two\ncat /no/such/file\necho four\necho five\n' >fails.txt
echo '$ docket run fails.txt'
"$docket" run fails.txt --data "$place/fails.data"
echo "(exit status $?)"

say 'A server, with the first list loaded as a queue'
setsid "$docket" serve --data "$place/data" >"$place/server.log" 2>&1 </dev/null &
echo $! >pid
tries=0
until "$docket" health --data "$place/data" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { cat "$place/server.log"; exit 1; }
    sleep 0.1
done
"$docket" load sums doc.txt --data "$place/data" || exit 1
"$docket" list --data "$place/data"

say 'It is up. To go on:'
printf '    %s\n' "export PATH=$(dirname "$docket"):\$PATH DOCKET_DATA=$place/data"
printf '    %-24s%s\n' \
    'docket show sums' 'what the queue holds' \
    "docket work sums" 'a worker: start it in two terminals, or interrupt it, and look again' \
    'docket tasks sums' 'its tasks' \
    'docket results sums' 'what they printed' \
    "kill $(cat pid)" 'stops the server'
