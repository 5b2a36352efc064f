"""Clients that read a long list slowly, while workers work off another queue."""
import contextlib
import threading
import time

from contest import Contender, contest, show
from servers import Docket
from trickle import Trickle

TASKS, READERS, CONNECTIONS = 1_000_000, 10, 64
TITLE = 'ten clients that read a list of 1,000,000 tasks at 10 KB/s while workers work'


@contextlib.contextmanager
def watched(server, out_bytes):
    """Notes the largest that the write-ahead log has been."""
    over, most = threading.Event(), [0]

    def watch():
        while not over.wait(0.05):
            most[0] = max(most[0], server.log_bytes())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        out_bytes.append(most[0])


def run(lab, o, part):
    tasks = TASKS // 10 if o.quick else TASKS
    logs, calm_logs, read = [], [], []

    def add_list(server):
        server.fill(tasks, 'list')

    @contextlib.contextmanager
    def slow_readers(server):
        with Trickle(server, 'list', READERS) as readers, watched(server, logs):
            time.sleep(1)
            yield
        read.append(readers.bytes / readers.seconds / READERS)

    alone = Contender('without readers', Docket, first=add_list, beside=lambda server: watched(server, calm_logs))
    beside = Contender('beside ten slow readers', Docket, first=add_list, beside=slow_readers)
    contest(lab, o, [alone, beside], [CONNECTIONS])
    rates = [show(part, c, CONNECTIONS) for c in (alone, beside)]
    part.figure('write-ahead log without readers, at most', [n / 1e6 for n in calm_logs], 'MB')
    part.figure('write-ahead log beside them, at most', [n / 1e6 for n in logs], 'MB')
    part.figure('read by each of them', [n / 1e3 for n in read], 'KB/s', f'{tasks:,} tasks in the list')
    part.at_least('beside readers : without', rates[1] / rates[0], 0.9)
    part.at_most('write-ahead log', max(logs) / 1e6, 200, 'MB')
