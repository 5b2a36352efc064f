# The wheel of clients/python, and what its files promise: Python 3.9 (docket.py: 3.6), types, nothing but the standard library.
. "$(dirname "$0")/lib.sh"

it 'they are Python 3.9 (docket.py and remotejobs: 3.6) by their grammar, and import only what comes with it' '
    python3 -I -S -B -W error "$HERE/python_modules.py" "$ROOT/clients/python"'

it 'by their types, too, and by those of the library of 3.9' '
    /usr/bin/python3 -m mypy --strict --python-version 3.9 --cache-dir "$T/cache" "$ROOT/clients/python/docket.py" "$ROOT/clients/python/qdo.py" "$ROOT/clients/python/remotejobs.py"' 200

# wheel: builds it into dist; $VERSION is that of the program.
wheel() {
    VERSION=$("$DOCKET" --version | cut -d" " -f2) && (cd "$ROOT" && sh ./dev wheel "$T/dist") && test -s "dist/docket-$VERSION-py3-none-any.whl"
}

# from_lib CODE: with what was installed into lib, and nothing else.
from_lib() { /usr/bin/python3 -I -S -B -c "import sys; sys.path.insert(0, 'lib'); $1"; }

it 'the wheel has the version of the program, installs without a network, and works' '
    wheel && /usr/bin/python3 -m pip install --quiet --no-index --no-deps --no-compile --target lib "dist/docket-$VERSION-py3-none-any.whl" &&
    is "$(from_lib "import importlib.metadata as m; print(m.version(\"docket\"))")" "$VERSION" &&
    same lib/docket.py "$ROOT/clients/python/docket.py" && same lib/qdo.py "$ROOT/clients/python/qdo.py" && same lib/remotejobs.py "$ROOT/clients/python/remotejobs.py" && server && add "echo hello" &&
    /usr/bin/python3 -I -S -B lib/docket.py work q --idle-timeout 0 && state "echo hello" succeeded &&
    from_lib "import qdo; assert qdo.connect(\"q\").tasks(state=\"Succeeded\")"'

# dated FILE SECONDS: everything in the zip file has that time, to the minute.
dated() {
    /usr/bin/python3 -c 'import sys, time, zipfile
found = {one.date_time[:5] for one in zipfile.ZipFile(sys.argv[1]).infolist()}
assert found == {time.gmtime(int(sys.argv[2]))[:5]}, found' "$@"
}

it 'it is dated by the commit' 'wheel && dated "dist/docket-$VERSION-py3-none-any.whl" "$(git -C "$ROOT" log -1 --format=%ct)"'

done_testing
