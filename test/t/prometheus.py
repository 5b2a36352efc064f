"""A strict reader of Prometheus' text format 0.0.4.

    prometheus.py --check FILE                    exits 1 and names what is not allowed
    prometheus.py --get FILE NAME [LABEL=VALUE…]  the value of the one series with exactly these labels
    prometheus.py --grown BEFORE AFTER            exits 1 if a counter or a bucket went down or went away
    prometheus.py --tasks FILE QUEUES             exits 1 unless docket_tasks says what the answer of GET /queues says
"""
import json
import math
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
HEAD = re.compile(rf"# (HELP|TYPE) ({NAME}) (.*)")
SERIES = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


class Wrong(Exception):
    pass


def need(holds, text):
    if not holds:
        raise Wrong(text)


def labels_of(text, line):
    labels, at = {}, 0
    while at < len(text):
        m = LABEL.match(text, at)
        need(m, f"labels of {line!r}")
        need(m[1] not in labels, f"a label twice in {line!r}")
        labels[m[1]] = re.sub(r'\\[\\"n]', lambda e: ESCAPES[e[0]], m[2])
        at = m.end()
    need(not text.endswith(","), f"a comma at the end in {line!r}")
    return frozenset(labels.items())


def number(text):
    need(re.fullmatch(r"[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)|NaN", text), f"the number {text!r}")
    return float(text)


def family_of(name, kind, family):
    return name == family or kind == "histogram" and name in (family + "_bucket", family + "_sum", family + "_count")


def read(path):
    """{series name: {labels: value}} and {family: type}."""
    data = open(path, encoding="utf-8", newline="").read()
    need(data.endswith("\n"), "no newline at the end")
    need("\r" not in data, "a carriage return")
    kinds, helped, series, family = {}, set(), {}, None
    for line in data[:-1].split("\n"):
        head = HEAD.fullmatch(line)
        if head:
            what, name, rest = head.groups()
            if what == "HELP":
                need(name not in helped, f"HELP of {name} twice")
                helped.add(name)
                family = name
            else:
                need(rest in ("counter", "gauge", "histogram", "untyped", "summary"), f"type {rest}")
                need(name not in kinds and name == family, f"TYPE of {name} stands apart or twice")
                kinds[name] = rest
            continue
        m = SERIES.fullmatch(line)
        need(m, f"the line {line!r}")
        need(family in kinds and family_of(m[1], kinds[family], family), f"{m[1]} does not stand with its family")
        labels = labels_of(m[2], line) if m[2] else frozenset()
        of = series.setdefault(m[1], {})
        need(labels not in of, f"{line!r} twice")
        of[labels] = number(m[3])
    return series, kinds


def check(path):
    series, kinds = read(path)
    for family, kind in kinds.items():
        if kind == "counter":
            need(family.endswith("_total"), f"the counter {family} is not called _total")
            need(all(v >= 0 for v in series.get(family, {}).values()), f"{family} below zero")
        if kind == "histogram":
            check_histogram(series, family)


def check_histogram(series, family):
    buckets = [(number(dict(labels)["le"]), value) for labels, value in series[family + "_bucket"].items()]
    need(buckets == sorted(buckets), f"the buckets of {family} are not in order")
    values = [value for _, value in buckets]
    need(values == sorted(values), f"the buckets of {family} are not summed up")
    need(math.isinf(buckets[-1][0]), f"{family} has no bucket +Inf")
    need(values[-1] == series[family + "_count"][frozenset()], f"the last bucket of {family} is not its count")
    need(series[family + "_sum"][frozenset()] >= 0, f"the sum of {family}")


def grown(before, after):
    (old, kinds), (new, _) = read(before), read(after)
    for family, kind in kinds.items():
        names = [family] if kind == "counter" else [family + "_bucket", family + "_sum", family + "_count"]
        for name in names if kind in ("counter", "histogram") else []:
            for labels, value in old.get(name, {}).items():
                now = new.get(name, {}).get(labels)
                need(now is not None and now >= value, f"{name}{dict(labels)} was {value} and is {now}")


def tasks(path, queues):
    series, _ = read(path)
    told = {(dict(k)["owner"], dict(k)["queue"], dict(k)["state"]): v for k, v in series["docket_tasks"].items()}
    listed = {(q["owner"], q["queue"], state): n for q in json.load(open(queues))["queues"]
              for state, n in q["counts"].items()}
    need(told == listed, f"told {told}, listed {listed}")
    workers = {(dict(k)["owner"], dict(k)["queue"]): v for k, v in series["docket_workers"].items()}
    need(workers == {(q["owner"], q["queue"]): q["workers"] for q in json.load(open(queues))["queues"]}, "workers")


def get(path, name, *labels):
    series, _ = read(path)
    value = series[name][frozenset(tuple(label.split("=", 1)) for label in labels)]
    print(int(value) if value == int(value) else value)


try:
    {"--check": check, "--get": get, "--grown": grown, "--tasks": tasks}[sys.argv[1]](*sys.argv[2:])
except (Wrong, KeyError) as wrong:
    print(f"FAILED: {wrong}", file=sys.stderr)
    sys.exit(1)
