"""docket run beside xargs and GNU parallel: the same lines, each started by a shell of its own.

  python3 bench/run.py --docket BIN [--commands N] [--jobs J] [--rounds R] [--parallel-rounds R] [--print] [--dir DIR] [--json]

Each round runs `xargs -P J` (output to /dev/null), `docket run -j J` on a new directory and `parallel -j J --joblog`, one
after the other; the medians of whole commands are compared. Lines are `true`, or with --print such as write to both streams and
fail now and then. After each of docket's runs every output and exit code is read back from its store. Ends with 1 where one is
missing. Processor time is that of the command and of all it started.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time


def make_line(n, printing):
    return f'echo out {n}; echo err {n} >&2; exit {exit_code(n, printing)}' if printing else 'true'


def exit_code(n, printing):
    return 3 if printing and n % 7 == 0 else 0


def measure(command, stdin, cwd):
    """Seconds and processor seconds of one whole command."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=open(stdin, 'rb'), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)
    used = os.wait4(process.pid, 0)[2]
    process.returncode = 0
    return time.monotonic() - began, used.ru_utime + used.ru_stime


def check(docket, data, count, printing):
    """Every output and exit code must be in the store, in the order of the lines."""
    rows = subprocess.run([docket, 'results', 'run', '--data', data, '--json'], check=True, capture_output=True, text=True)
    kept = [json.loads(row) for row in rows.stdout.splitlines()]
    if len(kept) != count:
        raise SystemExit(f'{len(kept)} results are kept, of {count} commands')
    for n, row in enumerate(kept, 1):
        wanted = (exit_code(n, printing), f'out {n}\n' if printing else '', f'err {n}\n' if printing else '')
        found = (row['exitcode'], row['stdout'], row['stderr'])
        if found != wanted:
            raise SystemExit(f'line {n} must have left {wanted}, kept is {found}')


def run_docket(o, lines, folder):
    data = folder / 'data'
    figures = measure([o.docket, 'run', lines, '-j', str(o.jobs), '--data', data], os.devnull, folder)
    check(o.docket, data, o.commands, o.print)
    shutil.rmtree(data)
    return figures


def run_xargs(o, lines, folder):
    return measure(['xargs', '-P', str(o.jobs), '-d', '\n', '-n', '1', 'sh', '-c'], lines, folder)


def run_parallel(o, lines, folder):
    log = folder / 'joblog'
    figures = measure(['parallel', '-j', str(o.jobs), '--joblog', log], lines, folder)
    logged = len(log.read_text().splitlines()) - 1
    log.unlink()
    if logged != o.commands:
        raise SystemExit(f'parallel has logged {logged} of {o.commands} commands')
    return figures


def print_table(o, rows):
    print(f'{o.commands:,} commands, {o.jobs} at once, {len(os.sched_getaffinity(0))} cores')
    print(f'{"":10}{"median":>10}{"from":>10}{"to":>10}{"CPU":>10}{"a task":>10}{"docket is":>14}')
    for row in rows:
        print(f'{row["name"]:10}{row["seconds"]:>8.2f} s{row["least"]:>8.2f} s{row["most"]:>8.2f} s{row["cpu_seconds"]:>8.2f} s'
              f'{row["seconds"] / o.commands * 1e6:>7.0f} µs{row["docket_takes"]:>11.2f} ×')


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--docket', required=True, type=pathlib.Path)
    options.add_argument('--commands', type=int, default=10_000)
    options.add_argument('--jobs', type=int, default=2)
    options.add_argument('--rounds', type=int, default=5)
    options.add_argument('--parallel-rounds', type=int, default=1, help='it is slow; 0 leaves it out')
    options.add_argument('--print', action='store_true')
    options.add_argument('--dir')
    options.add_argument('--json', action='store_true')
    o = options.parse_args()
    o.docket = o.docket.resolve()
    runs = {'xargs': (run_xargs, o.rounds), 'docket': (run_docket, o.rounds), 'parallel': (run_parallel, o.parallel_rounds)}
    figures = {name: [] for name, (_, rounds) in runs.items() if rounds}
    with tempfile.TemporaryDirectory(prefix='docket-run-', dir=o.dir) as folder:
        folder = pathlib.Path(folder)
        lines = folder / 'lines'
        lines.write_text(''.join(make_line(n, o.print) + '\n' for n in range(1, o.commands + 1)))
        for i in range(o.rounds):
            for name, (run, rounds) in runs.items():
                if i < rounds:
                    figures[name].append(run(o, lines, folder))
    seconds = {name: statistics.median(f[0] for f in found) for name, found in figures.items()}
    rows = [{'name': name, 'rounds': len(found), 'seconds': seconds[name], 'least': min(found)[0], 'most': max(found)[0],
             'cpu_seconds': statistics.median(f[1] for f in found), 'docket_takes': seconds['docket'] / seconds[name]}
            for name, found in figures.items()]
    if o.json:
        print(json.dumps({'commands': o.commands, 'jobs': o.jobs, 'print': o.print, 'runs': rows}))
    else:
        print_table(o, rows)


main()
