"""One idle worker, parked in a claim: how long until it holds what was just added."""
from lab import Failure, settle
from parking import measure_wake
from servers import Beanstalkd, Docket, Redis

ADDS = 2000
TITLE = 'an idle worker parked in a claim holds a task just added, durable'


def run(lab, o, part):
    found = {peer: [] for peer in (Docket, Redis, Beanstalkd)}
    adds = ADDS // 10 if o.quick else ADDS
    for _ in range(o.rounds):
        for peer, rounds in found.items():
            with peer(lab) as server:
                if peer is Docket:
                    server.ask('PUT', 'queues/q', {})
                settle()
                rounds.append(measure_wake(server, 1, adds))
            if rounds[-1]['syncs'] < adds:
                raise Failure(f'{peer.name}: {adds} adds, {rounds[-1]["syncs"]} syncs: not durable')
    for peer, rounds in found.items():
        syncs = f'{adds:,} adds, {rounds[-1]["syncs"]:,} syncs'
        p50 = part.figure(f'{peer.name}, half of them within', [f['p50_ms'] for f in rounds], 'ms', syncs)
        p99 = part.figure(f'{peer.name}, 99 of 100 within', [f['p99_ms'] for f in rounds], 'ms')
        if peer is Docket:
            part.at_most('half of them', p50, 0.4, 'ms')
            part.at_most('99 of 100', p99, 1.5, 'ms')
