"""Reads meson's testlog.json and prints a line `ok NAME` or `not ok NAME` per test: the lines a program printed itself,
or one for the whole of it; of one that failed, the end of what it said."""
import json
import sys


def lines_of(test):
    said = (test.get("stdout") or "").splitlines()
    own = [line for line in said if line.startswith(("ok ", "not ok "))]
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if own and good == (not any(line.startswith("not ok ") for line in own)):
        yield from (f"{line.split(' ')[0] if line.startswith('ok') else 'not ok'} {test['name'].split(' / ')[-1]}: "
                    f"{line.removeprefix('not ').removeprefix('ok ')}" for line in own)
    else:
        yield f"{'ok' if good else 'not ok'} {test['name'].split(' / ')[-1]}"
    if not good:
        text = said + (test.get("stderr") or "").splitlines()
        yield from ("    " + line for line in text[-40:])
        yield f"    {test['result']} after {test['duration']:.0f} s"


def main(path):
    try:
        with open(path) as log:
            for row in log:
                print(*lines_of(json.loads(row)), sep="\n")
    except FileNotFoundError:
        print("not ok no tests ran")


main(sys.argv[1])
