#!/bin/sh
# What the tree promises about itself: floors, tables and texts that belong together. Prints `ok` or `not ok` lines.
cd "$(dirname "$0")/.." || exit 1

# check NAME: the complaints on stdin, one a line; none is good.
check() {
    complaints=$(cat)
    if [ -z "$complaints" ]; then echo "ok $1"; else
        echo "not ok $1"
        printf '%s\n' "$complaints" | head -40 | sed 's/^/    /'
    fi
}

# rows FILE: the first words of a table's rows.
rows() { sed -n 's/^X(\([A-Za-z_0-9]*\),.*/\1/p' "$1"; }

# below FLOOR: the floors a file of it may include.
below() {
    case $1 in
    base) echo base ;;
    store) echo base store ;;
    core) echo base store core ;;
    web) echo base store core web ;;
    launch) echo base store core launch ;;
    cli) echo base store core web launch cli ;;
    esac
}

for floor in base store core web launch cli; do
    [ -d "src/$floor" ] || continue
    for file in "src/$floor"/*.[ch]; do
        sed -n 's|^#include "\([a-z]*\)/.*|\1|p' "$file" | while read -r used; do
            case " $(below $floor) " in *" $used "*) ;; *) echo "$file includes $used" ;; esac
        done
        sed -n "s|^#include \"\([^/]*\)\"\$|$file includes \1 without its floor|p" "$file"
    done | check "floor $floor includes only itself and lower ones"
done

grep -l 'sqlite3\.h' src/*/*.[ch] | grep -v '^src/store/' | check 'only store knows SQLite'
grep -l 'microhttpd\.h' src/*/*.[ch] | grep -v '^src/web/' | check 'only web knows the HTTP library'
grep -lE 'clock_(now_us|mono_us|init)' src/store/*.c src/core/*.c 2>/dev/null |
    check 'store and core have no clock of their own'

for file in src/*/*.c; do
    head -1 "$file" | grep -q '^/\* ' || echo "$file opens without words"
done | check 'every source file says what it is for'

for name in $(sed -n 's/^X(ERR[A-Z_]*, *[1-9][0-9]*, *[0-9]*, *"\([a-z_]*\)".*/\1/p' src/base/errors.def); do
    grep -qw "$name" test/t/*.t test/sites/*.t || [ "$name" = internal ] || echo "no scenario meets $name"
done | check 'every error of the wire has a scenario'

for name in $(rows src/base/limits.def); do
    grep -qw "$name" test/t/*.t test/sites/*.t test/*.c || echo "nothing crosses $name"
done | check 'every limit is crossed by a test'

sed -n 's/^X([A-Z]*, *"\([^"]*\)".*/\1/p' src/web/route.def | sed 's|^/api/v1/queues/{queue}/||; s|^/api/v1||' |
    sort -u | while read -r path; do
    grep -qF "$path" doc/PROTOCOL.md || echo "doc/PROTOCOL.md does not tell of $path"
done | check 'every route is in the protocol'

for table in $(sed -n 's/^ *static const struct json_field \([A-Z_]*\)\[\].*/\1/p' src/web/*.c | sort -u); do
    grep -q "^\(static \)\?const struct json_shape .*\<$table\>" src/web/*.c || echo "$table has no shape that openapi.def could name"
done | check 'every table of fields can be described'

for name in $(sed -n 's/^const struct \(json_shape\|request_names\) \([a-z_]*\).*/\2/p' src/web/*.c); do
    grep -qw "$name" src/web/openapi.def || grep -qw "&$name" src/web/*.c || echo "$name is not in src/web/openapi.def"
done | check 'every body and every query is described'

for verb in $(sed -n 's/^X(\([a-z]*\))$/\1/p' src/cli/verbs.def); do
    grep -qw "docket $verb" README.md doc/*.md doc/*.1 2>/dev/null || [ "$verb" = help ] ||
        echo "no text tells of docket $verb"
done | check 'every verb is told of'

for package in $(sed -n "/^build_packages=/,/'$/p" dev | tr -d "'" | grep -o '[a-z0-9-]*-dev'); do
    case $package in libc6-dev) continue ;; esac
    grep -qw -- "$package" packaging/debian/control || echo "packaging/debian/control lacks $package"
done | check 'the package is built with what the build takes'

sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog | grep -vxF "$(sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build)" |
    check 'the package has the version of the program'

grep -nwE 'TODO|FIXME|XXX' -r src test doc README.md dev 2>/dev/null | grep -v '^test/docs.sh' |
    check 'nothing is left to do in comments'

{
    python3 test/packages/blocks.py doc/INSTALL.md 2>&1 | while read -r tag; do
        grep -qE "(follow|block) $tag\>" test/packages/0500-install.t || echo "no test runs the blocks '$tag'"
    done
    version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build)
    grep -oE '\<docket[-_:][0-9]+(\.[0-9]+)+' doc/INSTALL.md packaging/compose.yml | grep -v "[-_:]$version\$"
} | check 'doc/INSTALL.md: every block is run by a test, and the version is this one'

python3 test/packages/blocks.py doc/FROM-QDO.md 2>&1 | while read -r tag; do
    grep -qE "follow $tag\>" test/t/0435-from-qdo.t || echo "no test runs the blocks '$tag'"
done | check 'doc/FROM-QDO.md: every block is run by a test'

python3 test/packages/blocks.py doc/FROM-REMOTE-JOBS.md 2>&1 | while read -r tag; do
    grep -qE "FROM-REMOTE-JOBS.md\" $tag\>" test/t/0955-remotejobs.t || echo "no test runs the blocks '$tag'"
done | check 'doc/FROM-REMOTE-JOBS.md: every block is run by a test'
