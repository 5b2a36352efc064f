"""A thousand jobs at a site behind ssh that nothing has happened to: one look of docket's, beside the loop of the manual of remote
jobs, which asks for each job by a round trip and writes its record; and workers beside a look each second."""
import contextlib
import hashlib
import sqlite3
import threading
import time

from contest import Contender, contest, show
from far_site import SITE, FarSite
from lab import Failure, settle
from servers import Docket

JOBS, ASKED_KEPT, ASKED_ANEW, CONNECTIONS = 1000, 100, 25, 64
TITLE = '1,000 jobs at a site behind ssh: a look that finds nothing new, beside one round trip and one write per job'


def print_of(server):
    """Of all that the store has on disk, and its newest revision."""
    files = sorted(p for p in server.data.glob('docket.db*') if not p.name.endswith('-shm'))
    return [(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files], server.ask('GET', 'changes?limit=1')


def look(server, site):
    """Seconds, ssh sessions, connections, syncs of the disk; and that nothing was written."""
    settle()
    before, sessions, connections, syncs = print_of(server), site.sessions(), site.connections(), server.syncs.read()
    began = time.monotonic()
    server.ask('POST', f'sites/{SITE}/sync', {})
    seconds = time.monotonic() - began
    found = {'seconds': seconds, 'sessions': site.sessions() - sessions, 'connections': site.connections() - connections,
             'syncs': server.syncs.read() - syncs}
    if print_of(server) != before:
        raise Failure('the store was written to')
    return found


def loop(lab, site, names, control):
    """The manual's: for each key the state by one round trip, and the record updated whether or not it is another. Seconds."""
    path = lab.path('records.db')
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute('PRAGMA journal_mode = WAL')
        db.execute('PRAGMA synchronous = FULL')
        db.execute('CREATE TABLE record (id TEXT PRIMARY KEY, last_updated REAL, state TEXT)')
        db.executemany('INSERT INTO record VALUES (?, 0, ?)', [(name, '') for name in names])
        began = time.monotonic()
        for name in names:
            said = site.ask(f'cd .docket/{name} && cat status && read -r pid rest <pid && kill -0 "$pid" && echo alive', control)
            if not said.startswith('running') or not said.endswith('alive\n'):
                raise Failure(f'{name}: {said}')
            db.execute('UPDATE record SET last_updated = ?, state = ? WHERE id = ?', (time.time(), said, name))
        seconds = time.monotonic() - began
    for file in path.parent.glob(path.name + '*'):
        file.unlink()
    return seconds


class Looking:
    """While it is open: a look each second. `seconds` is how long each took."""

    def __init__(self, server):
        self.server, self.over, self.seconds = server, threading.Event(), []

    def run(self):
        connection = self.server.connect()
        while not self.over.wait(max(0, 1 - self.seconds[-1]) if self.seconds else 0):
            began = time.monotonic()
            self.server.ask('POST', f'sites/{SITE}/sync', {}, connection)
            self.seconds.append(time.monotonic() - began)

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def measure_look(lab, o, part, site):
    looks, kept, anew = [], [], []
    some, fewer = (site.jobs[:n // (5 if o.quick else 1)] for n in (ASKED_KEPT, ASKED_ANEW))
    with Docket(lab) as server:
        control = site.add_to(server)
        look(server, site)
        for _ in range(o.rounds):
            looks += [look(server, site) for _ in range(3)]
            kept.append(loop(lab, site, some, control) * JOBS / len(some))
            anew.append(loop(lab, site, fewer, None) * JOBS / len(fewer))
    one = part.figure(f'docket, one look at {JOBS:,} jobs', [l['seconds'] * 1e3 for l in looks], 'ms', 'as a request: POST sites/far/sync')
    sessions = part.figure('  sessions of ssh for it', [l['sessions'] for l in looks], '')
    syncs = part.figure('  writes to the disk for it', [l['syncs'] for l in looks], '', 'and the files of the store are the same')
    every = part.figure("the manual's loop, through docket's connection", [s * 1e3 for s in kept], 'ms', f'one ssh and one write a job; of {len(some)} jobs, times {JOBS // len(some)}')
    each = part.figure("the manual's loop, a connection a job", [s * 1e3 for s in anew], 'ms', f'of {len(fewer)} jobs, times {JOBS // len(fewer)}')
    part.at_most('a look', one, 300, 'ms')
    part.at_most('its sessions', sessions, 1, '')
    part.at_most('its writes', syncs, 0, '')
    part.at_least('loop through a kept connection : look', every / one, 10)
    part.at_least('loop with a connection a job : look', each / one, 100)


def measure_workers(lab, o, part, site):
    looked = []

    @contextlib.contextmanager
    def looking(server):
        with Looking(server) as looks:
            yield
        looked.append(max(looks.seconds))

    alone = Contender('workers, no look', Docket, first=site.add_to, most_a_second=25_000)
    beside = Contender('workers beside a look each second', Docket, first=site.add_to, most_a_second=25_000, beside=looking)
    contest(lab, o, [alone, beside], [CONNECTIONS])
    rates = [show(part, c, CONNECTIONS) for c in (alone, beside)]
    late = [part.figure(f'{c.name}: 99 of 100 answers within', [f['p99_ms'] for f in c.figures[CONNECTIONS]], 'ms') for c in (alone, beside)]
    for c in (alone, beside):
        part.figure(f'{c.name}: the slowest answer', [f['max_ms'] for f in c.figures[CONNECTIONS]], 'ms')
    part.figure('the slowest look beside workers', [s * 1e3 for s in looked], 'ms')
    part.at_least('beside looks : without', rates[1] / rates[0], 0.9)
    part.at_most('99 of 100 answers, beside : without', late[1] / late[0], 2, '×')


def run(lab, o, part):
    with FarSite(lab, JOBS) as site:
        measure_look(lab, o, part, site)
        measure_workers(lab, o, part, site)
