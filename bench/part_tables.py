"""Runners that annotate a dataset of tables, each call over a connection of its own; what its figures cost; how long an import takes."""
import base64
import json
import statistics
import threading
import time

from contest import Contender, prove
from lab import Failure, settle
from servers import OWNER, Docket

TABLES, TARGETS_EACH, TARGETS_MANY = 34_294, 6, 1_000_000
RUNNERS, OLD_MANAGER = 32, 23  # the latter: cycles a second of the manager before, at best, on such a machine
COLUMNS, ROWS = 4, 10
ASKED_OFTEN = 2_000
TITLE = f'getWork + storeResult of {TABLES:,} tables × {TARGETS_EACH} targets, durable, {RUNNERS} runners, a new connection per call'


def name_of(n):
    """As they are in published datasets: eight letters and digits."""
    return ''.join('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'[(n * 7919 + 1) // 36 ** i % 36] for i in range(5)) + f'{n % 1000:03}'


def table_line(n, targets):
    """A table whose first row is its header; its targets are its cells, row by row, in rows as many as it takes."""
    rows = max(ROWS, targets // COLUMNS + 2)
    data = [[f'column {c}', *(f'value {n * 31 + r * 7 + c} of a cell' for r in range(1, rows))] for c in range(COLUMNS)]
    return {'table': f'{n:05}{name_of(n)}', 'header': [column[0] for column in data], 'data': data,
            'cea': [[1 + i // COLUMNS, i % COLUMNS] for i in range(targets)]}


def write_lines(path, tables, targets):
    """A dataset of so many tables with so many targets together, as it is sent."""
    with open(path, 'w') as f:
        f.write(json.dumps({'dataset': {'audit': False}}) + '\n')
        for n in range(tables):
            f.write(json.dumps(table_line(n, targets // tables + (n < targets % tables)), separators=(',', ':')) + '\n')
        f.write(json.dumps({'end': {'tables': tables}}) + '\n')
    return path


class Tables(Docket):
    """docket with datasets."""

    def put(self, name, lines):
        """Sends a dataset; seconds that took."""
        begun = time.monotonic()
        answer = self.lab.run(['curl', '-sS', '-X', 'PUT', '-T', lines, '-H', 'Expect:', '-H', f'Authorization: Bearer {self.token}',
                               '-H', 'Content-Type: application/x-ndjson', f'http://{self.address}/api/v1/queues/{name}/tables'])
        if 'tables' not in json.loads(answer):
            raise Failure(f'not imported: {answer[:300]}')
        return time.monotonic() - begun

    def runners(self, name, count, seconds, most):
        basic = base64.b64encode(f'{OWNER}:{self.token}'.encode()).decode()
        return self.lab.measure([self.lab.tool('tables'), self.address, f'/tables/{name}', count, seconds, '--basic', basic, '--most', most])

    def stats(self, name, connection):
        connection.request('POST', f'/tables/{name}/getStats', b'', {'Authorization': f'Bearer {self.token}'})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Failure(f'getStats: {text[:300]}')
        return json.loads(text)


class Watcher(threading.Thread):
    """Asks for the figures ten times a second while others work; how long each answer took, in ms."""

    def __init__(self, server, name):
        super().__init__(daemon=True)
        self.server, self.dataset, self.took, self.over = server, name, [], threading.Event()

    def run(self):
        connection = self.server.connect()
        while not self.over.wait(0.1):
            begun = time.monotonic()
            self.server.stats(self.dataset, connection)
            self.took.append((time.monotonic() - begun) * 1e3)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def stats_us(server, name):
    """What the figures cost the server: µs of its processor a call, over one connection."""
    connection = server.connect()
    server.stats(name, connection)
    before = server.process.cpu_seconds()
    for _ in range(ASKED_OFTEN):
        server.stats(name, connection)
    return (server.process.cpu_seconds() - before) / ASKED_OFTEN * 1e6


def work(lab, o, lines):
    """One round: the whole dataset but its last hundredth, in which runners would share tables."""
    with Tables(lab) as server:
        server.put('d', lines)
        settle()
        syncs, cpu = server.syncs.read(), server.process.cpu_seconds()
        with Watcher(server, 'd') as watcher:
            found = server.runners('d', RUNNERS, 60 if not o.quick else o.seconds, TABLES * 98 // 100)
        found['syncs'], found['cpu_seconds'] = server.syncs.read() - syncs, server.process.cpu_seconds() - cpu
        stats = server.stats('d', server.connect())
        found['stats_ms'] = watcher.took
    if found['empty'] or found['lost'] or not found['cycles']:
        raise Failure(f'it ran dry, or connections broke: {found}')
    done, mapped = stats['tables']['result'], stats['mappings']['cea']['mapped']
    if not found['cycles'] <= done <= found['cycles'] + RUNNERS or mapped != done * TARGETS_EACH:
        raise Failure(f'{found["cycles"]} results were acknowledged, and the figures say {stats}')
    prove(Contender('docket', Tables), found, found['syncs'], RUNNERS)
    return found


def show_work(part, rounds):
    last = rounds[-1]
    rates = [f['cycles'] / f['seconds'] for f in rounds]
    rate = part.figure('cycles', rates, 'cycles/s', f'{last["requests"]:,} durable answers, {last["syncs"]:,} syncs; server '
                       f'{last["cpu_seconds"] / last["cycles"] * 1e6:.1f} µs a cycle')
    for call in ('getWork', 'storeResult'):
        for share in ('p50_ms', 'p99_ms', 'max_ms'):
            part.figure(f'{call} {share[:-3]}', [f[call][share] for f in rounds], 'ms')
    part.figure('getStats meanwhile', [statistics.median(f['stats_ms']) for f in rounds if f['stats_ms']] or [0], 'ms', 'at the client')
    part.at_least('cycles', rate, 10_000, 'cycles/s')
    part.at_most('getWork p99', statistics.median(f['getWork']['p99_ms'] for f in rounds), 10, 'ms')
    part.figure(f'× the manager before ({OLD_MANAGER} cycles/s at best)', [r / OLD_MANAGER for r in rates], '×', 'nothing asked')


def imports(lab, o, part):
    """The large dataset, by the wire, and what its figures cost beside those of one with sixty targets."""
    many = write_lines(lab.path('many'), TABLES, TARGETS_MANY)
    few = write_lines(lab.path('few'), 10, 60)
    took, held, large, small = [], [], [], []
    for _ in range(o.rounds):
        with Tables(lab) as server:
            took.append(server.put('many', many))
            held.append(server.process.peak_mb())
            server.put('few', few)
            large.append(stats_us(server, 'many'))
            small.append(stats_us(server, 'few'))
    part.at_most(f'import of {TABLES:,} tables and {TARGETS_MANY:,} targets', part.figure('import', took, 's', f'{many.stat().st_size / 1e6:.0f} MB sent'),
                 15, 's')
    part.at_most('memory of the server meanwhile', part.figure('memory', held, 'MB'), 200, 'MB')
    us = part.figure(f'getStats of {TARGETS_MANY:,} targets, processor time of the server', large, 'µs a call', 'with HTTP')
    part.figure('getStats of 60 targets', small, 'µs a call')
    part.at_most('getStats of many : of few targets', us / statistics.median(small), 2, '×')
    part.at_most('getStats of many targets', us, 1_000, 'µs a call')


def run(lab, o, part):
    lines = write_lines(lab.path('lines'), TABLES, TABLES * TARGETS_EACH)
    show_work(part, [work(lab, o, lines) for _ in range(o.rounds)])
    imports(lab, o, part)
