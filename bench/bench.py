"""docket beside its peers on this machine.

  python3 bench/bench.py --build DIR [--rounds N] [--seconds S] [--tasks N] [--quick] [--into DIR] [PART…]

Runs the parts named, or all, prints figures as they come, and adds them to results.json and RESULTS.md in the folder of --into
(this one; a --quick run says little and writes into the build's). --tasks is the size of the store that is large. Ends with 1
where a part could not be measured; what is merely missed stands in the table.
"""
import argparse
import importlib
import pathlib
import signal
import sys

import machine
import report
from lab import Failure, Lab

# In this order. Each is a file part_NAME.py: TITLE, and run(lab, options, part).
PARTS = ['cycles', 'parked', 'batches', 'wake', 'parked5000', 'bulk', 'queues', 'claimcost', 'start', 'readers', 'logins',
         'run', 'tables', 'jobs', 'profile']


def interrupt(*_):
    """Once: what follows is cleaning up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def read_options():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument('--build', required=True, type=pathlib.Path)
    options.add_argument('--rounds', type=int)
    options.add_argument('--seconds', type=float)
    options.add_argument('--tasks', type=int)
    options.add_argument('--quick', action='store_true')
    options.add_argument('--into', type=pathlib.Path)
    options.add_argument('parts', nargs='*')
    o = options.parse_args()
    for name, short, full in (('rounds', 1, 5), ('seconds', 1, 5), ('tasks', 200_000, 10_000_000)):
        if getattr(o, name) is None:
            setattr(o, name, short if o.quick else full)
    o.into = o.into or (o.build if o.quick else report.HERE)
    unknown = set(o.parts) - set(PARTS)
    if unknown:
        options.error(f'no such part: {" ".join(sorted(unknown))}; there are: {" ".join(PARTS)}')
    return o


def main():
    o = read_options()
    failed = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    with Lab(o.build) as lab:
        about = machine.describe(lab)
        for name, text in about.items():
            print(f'{name:24}{text}')
        for name in o.parts or PARTS:
            module = importlib.import_module(f'part_{name}')
            part = report.Part(name, module.TITLE)
            try:
                module.run(lab, o, part)
            except (Failure, OSError) as failure:
                print(f'  FAILED   {name}: {failure}', flush=True)
                failed.append(name)
                continue
            report.keep(part, about, o, PARTS)
    if failed:
        sys.exit(f'not measured: {" ".join(failed)}')


try:
    main()
except KeyboardInterrupt:
    sys.exit(130)
