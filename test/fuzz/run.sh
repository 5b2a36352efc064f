#!/bin/sh
# One target for so many seconds over its kept corpus: run.sh BUILD SECONDS look|keep NAME. Prints one line, `ok fuzz NAME: …` or
# `not ok fuzz NAME: …` with the file that holds the input. With `keep`, inputs that reach what none of the kept ones does
# are added to the corpus, as few as will do.
set -u
build=$1 seconds=$2 keep=$3 name=$4
kept=$(dirname "$0")/corpus/$name
new=$build/fuzz/$name
target=$build/test/fuzz/fuzz_$name
mkdir -p "$new" "$kept"
export ASAN_OPTIONS=quarantine_size_mb=32:malloc_context_size=10 UBSAN_OPTIONS=print_stacktrace=1
[ "$keep" = keep ] || rm -f "$new"/*

# What it takes from a corpus before it begins counts to the time too; one that is slow gets what it needs for that.
words= seed=
[ "$keep" = keep ] || seed=-seed=1 # a look takes the same way each time
[ ! -e "$(dirname "$0")/$name.dict" ] || words=-dict=$(dirname "$0")/$name.dict
"$target" -max_total_time="$seconds" -timeout=20 -max_len=4096 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="$build/fuzz/$name-" $seed $words "$new" "$kept" >"$build/fuzz/$name.out" 2>&1
status=$?

number() { sed -n "s/^stat::$1: *//p" "$build/fuzz/$name.out"; }
reached() { sed -n 's/.*DONE *cov: \([0-9]*\) .*/\1/p' "$build/fuzz/$name.out"; }
if [ "$status" = 0 ]; then
    echo "ok fuzz $name: $(number number_of_executed_units) runs, $(number average_exec_per_sec) a second, $(reached) branches"
else
    file=$(sed -n 's/.*Test unit written to //p' "$build/fuzz/$name.out" | tail -n 1)
    echo "not ok fuzz $name: ${file:-no input, but it ended with status $status}"
    grep -aE 'this must hold|^  [^ ]|ERROR:|runtime error|SUMMARY' "$build/fuzz/$name.out" | head -n 12 | sed 's/^/    /'
    echo "    all of it: $build/fuzz/$name.out; once more: $target ${file:-}"
fi
if [ "$keep" = keep ]; then
    "$target" -set_cover_merge=1 -use_counters=0 -timeout=20 -max_len=4096 "$kept" "$new" >"$build/fuzz/$name.merge" 2>&1
    rm -f "$new"/*
fi
exit "$status"
