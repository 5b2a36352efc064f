#!/usr/bin/env python3
"""A made-up dataset in the shape SemTab publishes them: DIR/tables/*.csv, DIR/targets/*.csv and, with --truth, DIR/gt and
DIR/solution. The same seed makes the same bytes.

    python3 bench/make_dataset.py DIR TABLES TARGETS [--seed N] [--order row-col|col-row] [--truth]
"""
import argparse
import csv
import os
import random

COLUMNS = 5
WORDS = "river bridge museum harbour castle abbey valley mill tower island garden chapel quarry lake forest".split()
NAMES = {"row-col": (0, 1), "col-row": (1, 0)}


def cell(rng, column):
    """What a cell holds: names, quoted now and then, accents, years and lengths."""
    if column < 2:
        word = f"{rng.choice(WORDS)} of {rng.choice(WORDS)}é {rng.randrange(10000)}"
        return f"{word}, the \"{rng.choice(WORDS)}\"" if rng.random() < 0.1 else word
    if column == 2:
        return str(rng.randrange(1200, 2025))
    return f"{rng.random() * 1000:.2f}" if column == 3 else rng.choice(WORDS)


def shares(rng, tables, targets):
    """How many targets each table has: about the same, in all exactly as many as were asked for."""
    counts = [targets // tables] * tables
    for i in range(targets - sum(counts)):
        counts[i] += 1
    for _ in range(tables // 2):
        a, b = rng.randrange(tables), rng.randrange(tables)
        if counts[a] > 4:
            counts[a], counts[b] = counts[a] - 1, counts[b] + 1
    return counts


class Files:
    """The target files, and those of the truth where they are wanted."""

    def __init__(self, folder, order, truth):
        self.order = NAMES[order]
        self.open = []
        self.targets = {of: self.writer(folder, "targets", f"{of}_Round1_Targets.csv") for of in ("CEA", "CTA", "CPA")}
        self.gt = truth and {of: self.writer(folder, "gt", f"{of.lower()}.csv") for of in ("CEA", "CTA", "CPA")}
        self.solution = truth and {of: self.writer(folder, "solution", f"{of.lower()}.csv") for of in ("CEA", "CTA", "CPA")}
        if truth:
            self.solution["CEA"].writerow(["Filename", "Row Id", "Col Id", "Entity URI"])
            self.solution["CTA"].writerow(["Filename", "Col Id", "Col Class URI"])
            self.solution["CPA"].writerow(["Filename", "Col 1 Id", "Col 2 Id", "Property URI"])

    def writer(self, *path):
        os.makedirs(os.path.join(*path[:-1]), exist_ok=True)
        self.open.append(open(os.path.join(*path), "w", newline="", encoding="utf-8"))
        return csv.writer(self.open[-1], quoting=csv.QUOTE_ALL, lineterminator="\n")

    def target(self, of, name, place, rng):
        written = [place[i] for i in self.order] if of == "CEA" else place
        self.targets[of].writerow([name, *written])
        if self.gt:
            uri = f"http://www.wikidata.org/entity/{'P' if of == 'CPA' else 'Q'}{rng.randrange(1, 10**7)}"
            self.gt[of].writerow([name, *place, uri])
            self.solution[of].writerow([name, *place, uri])

    def close(self):
        for file in self.open:
            file.close()


def make_table(folder, name, wanted, files, rng):
    """One table with so many targets: a column, a pair of columns, and cells for the rest."""
    few = min(2, max(0, wanted - 1))
    cells = wanted - few
    rows = max(5, -(-cells // COLUMNS) + rng.randrange(3))
    with open(os.path.join(folder, "tables", name + ".csv"), "w", newline="", encoding="utf-8") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow([f"col{i}" for i in range(COLUMNS)])
        table.writerows([[cell(rng, i) for i in range(COLUMNS)] for _ in range(rows)])
    for at in sorted(rng.sample(range(rows * COLUMNS), cells)):
        files.target("CEA", name, (1 + at // COLUMNS, at % COLUMNS), rng)
    if few > 0:
        files.target("CTA", name, (0,), rng)
    if few > 1:
        files.target("CPA", name, (0, 1 + rng.randrange(COLUMNS - 1)), rng)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("tables", metavar="TABLES", type=int)
    parser.add_argument("targets", metavar="TARGETS", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--order", choices=sorted(NAMES), default="row-col")
    parser.add_argument("--truth", action="store_true")
    asked = parser.parse_args()
    if not 0 < asked.tables <= asked.targets:
        parser.error("every table has a target or more")
    rng = random.Random(asked.seed)
    os.makedirs(os.path.join(asked.folder, "tables"), exist_ok=True)
    files = Files(asked.folder, asked.order, asked.truth)
    for i, wanted in enumerate(shares(rng, asked.tables, asked.targets)):
        make_table(asked.folder, f"{rng.getrandbits(40):010X}{i:06d}", wanted, files, rng)
    files.close()


if __name__ == "__main__":
    main()
