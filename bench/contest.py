"""Workers on fresh servers, one contender after the other, round by round; and the proof that what was acknowledged was
durable."""
import contextlib
from dataclasses import dataclass, field

from lab import Failure, settle

@dataclass
class Contender:
    name: str
    server: type
    options: tuple = ()  # of server.cycles
    most_a_second: int = 100_000  # it is filled with so many units a second measured; running dry is noticed
    durable_requests: str = 'requests'  # which of its answers promise that something is on disk
    only: tuple = ()  # counts of connections; empty: all that the contest has
    first: object = None  # called with the server before it is filled
    beside: object = None  # a context manager of the server: what goes on meanwhile
    figures: dict = field(default_factory=dict)  # by connections: a list of what each round measured


def prove(contender, found, syncs, connections):
    """With one request under way per connection, no more than CONNECTIONS answers can be behind one sync."""
    promised = found[contender.durable_requests]
    if promised > (syncs + 1) * connections:
        raise Failure(f'{contender.name}: {promised} answers, but only {syncs} syncs for {connections} connections: not durable')


def measure(lab, contender, connections, seconds):
    """One round of one contender: the load generator's figures, with the server's syncs and processor seconds."""
    with contender.server(lab) as server:
        if contender.first:
            contender.first(server)
        server.fill(int(contender.most_a_second * (seconds + 2)))
        settle()
        with contender.beside(server) if contender.beside else contextlib.nullcontext():
            syncs, cpu = server.syncs.read(), server.process.cpu_seconds()
            found = server.cycles(connections, seconds, *contender.options)
            found['syncs'] = server.syncs.read() - syncs
            found.setdefault('cpu_seconds', server.process.cpu_seconds() - cpu)
    if found['empty'] or found['lost'] or not found['cycles']:
        raise Failure(f'{contender.name}: it ran dry, or was lost: {found}')
    prove(contender, found, found['syncs'], connections)
    found['rate'] = found['cycles'] / found['seconds']
    return found


def contest(lab, o, contenders, connection_counts):
    """All of them, interleaved; one that has counts of its own takes part where they are among these."""
    for n in range(o.rounds):
        for connections in connection_counts:
            for contender in contenders:
                if connections not in (contender.only or connection_counts):
                    continue
                found = measure(lab, contender, connections, o.seconds)
                contender.figures.setdefault(connections, []).append(found)
                print(f'    round {n + 1}, {connections} connections, {contender.name}: {found["rate"]:,.0f}/s', flush=True)


def show(part, contender, connections):
    """A row of figures; returns the median rate."""
    found = contender.figures[connections]
    last = found[-1]
    answers, cpu_us = last[contender.durable_requests], last['cpu_seconds'] / last['cycles'] * 1e6
    late = f', p99 {last["p99_ms"]:.1f} ms' if 'p99_ms' in last else ''
    note = f'{answers:,} durable answers, {last["syncs"]:,} syncs; server {cpu_us:.1f} µs a cycle{late}'
    where = f', {connections} connections' if connections > 1 else ''
    return part.figure(contender.name + where, [f['rate'] for f in found], 'cycles/s', note)
