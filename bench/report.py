"""What was measured: figures (each a median over rounds, with the least and the most), and beside them what was asked for.
Kept in results.json a part at a time, so that a run of some parts leaves the others as they were; RESULTS.md is made of that,
of machine.py and of notes.md, which people write."""
import datetime
import json
import math
import pathlib
import statistics

HERE = pathlib.Path(__file__).resolve().parent
NOTES = HERE / 'notes.md'


def number(value):
    """Three digits, or all of a whole number."""
    if value is None or math.isnan(value):
        return '–'
    if abs(value) >= 100:
        return f'{value:,.0f}'
    return f'{value:.2f}' if abs(value) < 10 else f'{value:.1f}'


class Part:
    """The figures of one part as they come; printed at once."""

    def __init__(self, name, title):
        self.name, self.title, self.figures, self.asked, self.text = name, title, [], [], []
        print(f'\n# {name}: {title}', flush=True)

    def figure(self, what, values, unit, note=''):
        """What each round measured; returns the median."""
        return self.spread(what, statistics.median(values), min(values), max(values), len(values), unit, note)

    def spread(self, what, median, least, most, rounds, unit, note=''):
        """The same where the median is known already."""
        self.figures.append({'what': what, 'median': median, 'least': least, 'most': most, 'rounds': rounds, 'unit': unit,
                             'note': note})
        print(f'{what:58} {number(median):>10} {unit:9} {number(least)}–{number(most)}  {note}', flush=True)
        return median

    def at_least(self, what, value, bound, unit='×'):
        self.verdict(what, value, '≥', bound, unit, value >= bound)

    def at_most(self, what, value, bound, unit):
        self.verdict(what, value, '≤', bound, unit, value <= bound)

    def verdict(self, what, value, sign, bound, unit, reached):
        self.asked.append({'what': what, 'value': value, 'sign': sign, 'bound': bound, 'unit': unit, 'reached': bool(reached)})
        print(f'  {"reached" if reached else "MISSED":8} {what:60} {number(value):>10} {unit}  (asked {sign} {number(bound)})',
              flush=True)

    def say(self, text):
        """A piece of prose or a table for the report."""
        self.text.append(text)
        print(text, flush=True)

    def as_json(self, o):
        return {'title': self.title, 'when': datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M UTC'),
                'rounds': o.rounds, 'seconds': o.seconds, 'quick': o.quick, 'figures': self.figures, 'asked': self.asked,
                'text': self.text}


def keep(part, machine, o, order):
    """Adds a part to those measured before, in their order, and writes the table anew."""
    results = o.into / 'results.json'
    parts = json.loads(results.read_text())['parts'] if results.exists() else {}
    parts[part.name] = part.as_json(o)
    merged = {'machine': machine, 'parts': {name: parts[name] for name in order if name in parts}}
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(merged, indent=1, ensure_ascii=False) + '\n')
    (o.into / 'RESULTS.md').write_text('\n'.join(page(merged)) + '\n')


def page(results):
    lines = ['# What was measured', '',
             'Made by `./dev bench`; a rerun of some parts replaces only those. Peers run beside docket on the same machine, in '
             'turn, round by round, each with a fresh store; figures are medians over the rounds.', '', '| | |', '|---|---|']
    lines += [f'| {key} | {value} |' for key, value in results['machine'].items()]
    lines += ['', '## Asked and reached', '', '| part | | measured | asked | |', '|---|---|--:|--:|---|']
    for name, part in results['parts'].items():
        for a in part['asked']:
            measured, asked = f'{number(a["value"])} {a["unit"]}', f'{a["sign"]} {number(a["bound"])} {a["unit"]}'
            lines.append(f'| {name} | {a["what"]} | {measured} | {asked} | {"reached" if a["reached"] else "**missed**"} |')
    for name, part in results['parts'].items():
        how = f'{part["when"]}, {part["rounds"]} rounds of {part["seconds"]:g} s' + ', a short run that says little' * part['quick']
        lines += ['', f'## {name}: {part["title"]}', '', how, '']
        if part['figures']:
            lines += ['| | median | least–most | |', '|---|--:|--:|---|']
            lines += [f'| {f["what"]} | {number(f["median"])} {f["unit"]} | {number(f["least"])}–{number(f["most"])} | {f["note"]} |'
                      for f in part['figures']]
        for text in part['text']:
            lines += ['', text]
    if NOTES.exists():
        lines += ['', NOTES.read_text().rstrip()]
    return lines
