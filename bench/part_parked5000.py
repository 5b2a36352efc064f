"""Five thousand parked claims and one task added: the one that has waited longest gets it."""
from lab import Failure, settle
from parking import measure_wake
from servers import Docket

CLAIMS, ADDS = 5000, 1000
TITLE = '5,000 parked claims, one task added'


def run(lab, o, part):
    claims, adds = (CLAIMS // 10, ADDS // 10) if o.quick else (CLAIMS, ADDS)
    found = []
    for _ in range(o.rounds):
        with Docket(lab) as server:
            server.ask('PUT', 'queues/q', {})
            settle()
            found.append(measure_wake(server, claims, adds))
            found[-1]['peak_mb'] = server.process.peak_mb()
        if found[-1]['syncs'] < adds:
            raise Failure(f'{adds} adds, {found[-1]["syncs"]} syncs: not durable')
    part.figure('half of them within', [f['p50_ms'] for f in found], 'ms', f'{adds:,} adds a round, {claims:,} claims')
    p99 = part.figure('99 of 100 within', [f['p99_ms'] for f in found], 'ms')
    part.figure('the longest', [f['max_ms'] for f in found], 'ms')
    wrong = part.figure('others than who had waited longest', [f['wrong'] for f in found], 'claims')
    peak = part.figure('memory of the server, at most', [f['peak_mb'] for f in found], 'MB')
    part.at_most('the wrong one woken', wrong, 0, 'times')
    part.at_most('99 of 100', p99, 5, 'ms')
    part.at_most('memory of the server', peak, 150, 'MB')
