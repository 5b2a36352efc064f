"""Hard treatment, and what must hold afterwards. Standard library only.

    python3 test/torture --build DIR [--rounds N] [--short] [--seed N] [--report DIR] [NAME…]

Runs the trials of TRIALS, or those named; of `server` and `workers` so many rounds. Prints a line `ok …` or `not ok …` per trial
with its figures, and writes DIR/REPORT.md; the data of a trial that failed stays in DIR. --short: a smaller form of each.

With SHARED=1 the data directories call themselves shared between hosts.
"""
import argparse
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
import traceback

import clock
import connections
import descriptors
import faults
import fleet
import full_disk
import kills
import restarts
from server import Broken, Server

TRIALS = {
    "server": (kills.server_round, "The server is killed (-9) at random moments under load, and started again."),
    "workers": (kills.workers_round, "Workers are killed (-9) while they run pipes, background jobs and new sessions."),
    "faults": (faults.run, "Each call of the store's disk fails, one after the other, in every way it can."),
    "disk": (full_disk.run, "A small disk of its own is filled to the last byte under load; the server is killed while it is full."),
    "clock": (clock.run, "The clock of the machine jumps a year forwards and backwards, while the server runs and between two runs."),
    "descriptors": (descriptors.run, "The server runs out of file descriptors."),
    "connections": (connections.run, "1,000 idle and 200 trickling connections beside claims."),
    "fleet": (fleet.run, "A fleet of workers reconnects at once after the server was killed."),
    "restarts": (restarts.run, "The server is restarted every 2 s, by -9 and -15 in turn, while real workers drain a queue."),
}
ROUNDS = {"server": 4, "workers": 1}  # of so many rounds together


class Trial:
    """What a trial is handed: programs, a directory of its own, a seed."""

    def __init__(self, options, directory, seed):
        self.build, self.directory, self.seed, self.short = options.build, directory, seed, options.short
        self.docket, self.shims = os.path.join(options.build, "src/cli/docket"), os.path.join(options.build, "test")
        self.fault_test = os.path.join(self.shims, "fault_test")

    def server(self, name="data", **more):
        return Server(self.docket, os.path.join(self.directory, name), **more)

    def shim(self, name, **environ):
        """The environment that puts one of the libraries under a program."""
        return {"LD_PRELOAD": os.path.join(self.shims, f"shim_{name}.so"), "ASAN_OPTIONS": "verify_asan_link_order=0"} | environ


def run_trial(options, name, seed, number):
    directory = tempfile.mkdtemp(prefix="docket-torture.")
    start = time.monotonic()
    try:
        figures, good = TRIALS[name][0](Trial(options, directory, seed)), True
    except Exception as e:  # whatever went wrong, the trial says it and its data stays
        if not isinstance(e, Broken):
            traceback.print_exc()
        figures, good = [str(e) if isinstance(e, Broken) else repr(e)], False
    took = time.monotonic() - start
    sweep(directory)
    print(f"{'ok' if good else 'not ok'} torture {number} {name} (seed {seed}): {'; '.join(figures)}, {took:.1f} s", flush=True)
    if not good:
        kept = os.path.join(options.report, f"trial-{number}-{name}")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(directory, kept, ignore_dangling_symlinks=True)
        print(f"    kept in {kept}")
    shutil.rmtree(directory)
    return name, seed, good, figures, took


def sweep(directory):
    """Ends what a broken trial left behind: processes that name its directory."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if directory.encode() in f.read():
                    os.kill(int(pid), signal.SIGKILL)
        except OSError:
            pass


def write_report(options, results):
    path = os.path.join(options.report, "REPORT.md")
    bad = sum(not good for _, _, good, _, _ in results)
    with open(path, "w") as f:
        print(f"# Torture, {time.strftime('%F %T')}\n\n{len(results)} trials, {bad} failed; "
              f"{'short form; ' if options.short else ''}{os.cpu_count()} cores, {platform.platform()}.\n", file=f)
        for name in TRIALS:
            rows = [row for row in results if row[0] == name]
            if rows:
                print(f"## {name}\n{TRIALS[name][1]}\n", file=f)
            for _, seed, good, figures, took in rows:
                print(f"- **{'held' if good else 'FAILED'}** in {took:.1f} s (seed {seed})", file=f)
                print(*(f"  - {figure}" for figure in figures), sep="\n", file=f)
    return path


def plan(options):
    """The trials in their order, rounds of them mixed."""
    wanted = options.names or list(TRIALS)
    rounds = [name for name in ROUNDS if name in wanted for _ in range(ROUNDS[name])]
    named = [name for name in TRIALS if name in wanted and name not in ROUNDS]
    return [rounds[n % len(rounds)] for n in range(options.rounds)] * bool(rounds) + named if rounds else named


def share(build):
    """From now on temporary directories call themselves shared between hosts."""
    os.environ |= {"LD_PRELOAD": os.path.join(build, "test", "shim_fault.so"), "ASAN_OPTIONS": "verify_asan_link_order=0",
                   "TEST_SHARED": os.path.realpath(tempfile.gettempdir())}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    parser.add_argument("--report", default="torture")
    parser.add_argument("names", nargs="*", choices=[[], *TRIALS], metavar="NAME")
    options = parser.parse_args()
    options.build, options.report = os.path.abspath(options.build), os.path.abspath(options.report)
    if os.environ.get("SHARED"):
        share(options.build)
    os.makedirs(options.report, exist_ok=True)
    results = [run_trial(options, name, options.seed + n, n + 1) for n, name in enumerate(plan(options))]
    print(f"# the report is {write_report(options, results)}")
    return 0 if all(good for _, _, good, _, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
