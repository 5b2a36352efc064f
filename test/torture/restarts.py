"""The server is restarted every 2 s, killed (-9) and stopped (-15) in turn, while real workers drain a queue.

Each command appends its number to a file; so it is known how often each was run, whatever the server says. Drains with and without
restarts take turns; what a drain took beyond the time the server was away is compared with the drains without.
"""
import collections
import os
import signal
import statistics
import subprocess
import time

from ledger import Ledger, verify_api, verify_one_lease_each, verify_store
from server import QUEUE, Client, check, wait_for

EVERY_SECONDS, WORKERS = 2, 2


def add_tasks(client, ledger, ran, n):
    for first in range(0, n, 5000):
        tasks = [{"command": f"echo {i} >>{ran}"} for i in range(first, min(n, first + 5000))]
        ledger.add(client.add(tasks), tasks)


def start_workers(trial, server):
    with open(server.data + ".workers", "ab") as log:
        return [subprocess.Popen([trial.docket, "work", "q", "--data", server.data, "-j", "1"], stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log) for _ in range(WORKERS)]


def end_workers(workers):
    for w in workers:
        w.terminate()
    for w in workers:
        check(w.wait(30) in (0, 130, 143), f"a worker ended with {w.returncode}")


def restart(server, n):
    """How long it was away, in seconds: from the signal until it answers again."""
    start = time.monotonic()
    server.process.send_signal(signal.SIGKILL if n % 2 == 0 else signal.SIGTERM)
    server.process.wait(30)
    server.launch()
    while not server.ready():
        time.sleep(0.001)
    return time.monotonic() - start


def lines(path):
    try:
        with open(path) as f:
            return f.read().split()
    except FileNotFoundError:
        return []


def drain(trial, name, n, with_restarts):
    """(seconds it took, seconds the server was away, restarts)"""
    server, ledger = trial.server(name), Ledger()
    server.start()
    client, ran = Client(server), os.path.join(trial.directory, name + ".ran")
    client.must(201, "PUT", QUEUE, {"lease_seconds": 60})
    open(ran, "w").close()
    add_tasks(client, ledger, ran, n)
    size = sum(len(f"{i}\n") for i in range(n))
    workers, away, restarts, start = start_workers(trial, server), 0, 0, time.monotonic()
    due = start + EVERY_SECONDS
    while os.path.getsize(ran) < size:
        check(time.monotonic() < start + 300, f"after 300 s {len(lines(ran))} of {n} have run")
        if with_restarts and time.monotonic() > due:
            away += restart(server, restarts)
            restarts += 1
            due = time.monotonic() + EVERY_SECONDS
        time.sleep(0.005)
    client = Client(server)
    wait_for(lambda: client.counts() == {"succeeded": n}, 30, f"{n} tasks to be finished: {client.counts()}")
    took = time.monotonic() - start
    end_workers(workers)
    times = collections.Counter(lines(ran))
    check(len(times) == n, f"{n - len(times)} tasks were never run")
    check(max(times.values()) == 1, f"{sum(c > 1 for c in times.values())} tasks were run more than once")
    verify_one_lease_each(client)
    verify_api(client, ledger)
    server.stop()
    verify_store(server.data, ledger)
    return took, away, restarts


def run(trial):
    n, pairs, bound = (3000, 1, 0.5) if trial.short else (10000, 5, 0.05)
    plain, net, away, restarts = [], [], [], 0
    for i in range(pairs):
        plain.append(drain(trial, f"plain-{i}", n, False)[0])
        took, gone, times = drain(trial, f"restarted-{i}", n, True)
        net.append(took - gone)
        away.append(gone)
        restarts += times
    slower = statistics.median(net) / statistics.median(plain) - 1
    figures = [f"{n} tasks, {WORKERS} workers, {pairs} drains of each kind: every task run once, with one lease; {restarts} restarts",
               f"without: {' '.join(f'{t:.2f}' for t in plain)} s; with, beside {' '.join(f'{t:.2f}' for t in away)} s away: "
               f"{' '.join(f'{t:.2f}' for t in net)} s; by the medians {slower * 100:+.1f} %"]
    check(restarts, "the drains were too short for a restart")
    check(slower < bound, f"slower by more than {bound * 100:.0f} % beside the restarts; " + "; ".join(figures))
    return figures
