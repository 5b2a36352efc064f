"""docket run beside xargs and GNU parallel: what run.py measures."""
import pathlib
import sys

COMMANDS, JOBS = 10_000, 2
TITLE = "10,000 commands `true`, two at once, outputs and exit codes kept"


def run(lab, o, part):
    commands = COMMANDS // 10 if o.quick else COMMANDS
    script = [sys.executable, pathlib.Path(__file__).with_name('run.py'), '--docket', lab.build / 'src/cli/docket']
    found = lab.result(lab.start([*script, '--commands', commands, '--jobs', JOBS, '--rounds', o.rounds, '--dir', lab.folder,
                                  '--json'], None))
    rows = {row['name']: row for row in found['runs']}
    for name, row in rows.items():
        part.spread(name, row['seconds'], row['least'], row['most'], row['rounds'], 's',
                    f'{row["seconds"] / commands * 1e6:.0f} µs a command; {row["cpu_seconds"]:.2f} s of processor time')
    part.at_most('docket : xargs, time', rows['docket']['seconds'] / rows['xargs']['seconds'], 1.3, '×')
    part.at_least('GNU parallel : docket, time', rows['parallel']['seconds'] / rows['docket']['seconds'], 3)
