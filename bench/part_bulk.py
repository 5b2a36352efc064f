"""One client that adds a million tasks as a stream of lines: alone, and while a worker claims."""
from lab import Failure, settle
from servers import PAYLOAD_BYTES, Docket

LINES, BESIDE = 1_000_000, 200_000
TITLE = '1,000,000 tasks as one stream of lines, 100 bytes each'


def make_lines(lab, count, keys):
    path = lab.path('lines')
    payload = 'x' * (PAYLOAD_BYTES - 2)
    with open(path, 'w') as f:
        for n in range(1, count + 1):
            key = f',"key":"k{n * 2654435761 % 2 ** 32:08x}"' if keys else ''
            f.write(f'{{"payload":"{payload}"{key}}}\n')
    return path


def stream(lab, lines, count, claiming):
    """One round on a fresh server."""
    found = {}
    with Docket(lab) as server:
        server.fill(BESIDE, 'beside')
        settle()
        syncs, cpu = server.syncs.read(), server.process.cpu_seconds()
        worker = lab.load(server.load(1, 3600, queue='beside')) if claiming else None
        found['rate'] = count / server.send(lines, count)
        if worker:
            worker.popen.terminate()
            found['claims'] = lab.result(worker)
            if found['claims']['empty'] or not found['claims']['cycles']:
                raise Failure(f'the worker beside ran dry: {found["claims"]}')
        found['cpu_us'] = (server.process.cpu_seconds() - cpu) / count * 1e6
        found['syncs'] = server.syncs.read() - syncs
        found['peak_mb'] = server.process.peak_mb()
    if not found['syncs']:
        raise Failure('a stream without a sync is not durable')
    return found


def run(lab, o, part):
    count = LINES // 10 if o.quick else LINES
    kinds = {'without keys': (make_lines(lab, count, False), 250_000), 'with keys': (make_lines(lab, count, True), 120_000)}
    found = {(kind, claiming): [] for kind in kinds for claiming in (False, True)}
    for _ in range(o.rounds):
        for (kind, claiming), rounds in found.items():
            rounds.append(stream(lab, kinds[kind][0], count, claiming))
    for kind, (_, bound) in kinds.items():
        alone, beside = found[kind, False], found[kind, True]
        rate = part.figure(f'{kind}, alone', [f['rate'] for f in alone], 'tasks/s',
                           f'server {alone[-1]["cpu_us"]:.1f} µs a task; {alone[-1]["syncs"]:,} syncs')
        part.figure(f'{kind}, beside a worker', [f['rate'] for f in beside], 'tasks/s',
                    f'it did {beside[-1]["claims"]["cycles"]:,} cycles meanwhile')
        p99 = part.figure(f'{kind}: its claims, 99 of 100 within', [f['claims']['p99_ms'] for f in beside], 'ms')
        peak = part.figure(f'{kind}: memory of the server, at most', [f['peak_mb'] for f in alone + beside], 'MB')
        part.at_least(kind, rate, bound, 'tasks/s')
        part.at_most(f'{kind}: claims beside it, 99 of 100', p99, 5, 'ms')
        part.at_most(f'{kind}: memory of the server', peak, 150, 'MB')
    for path, _ in kinds.values():
        path.unlink()
