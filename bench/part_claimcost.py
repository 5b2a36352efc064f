"""What a cycle costs the server where there are many tasks, and where there are few."""
from lab import Failure, settle
from servers import Docket
from stores import large, store, words

FEW, WARM, MEASURED, CONNECTIONS = 10_000, 2000, 6000, 64
TITLE = 'processor time of a cycle at 10,000,000 tasks pending and as many finished, and at 10,000'


def cost(lab, data):
    """µs of the server a cycle, after some that bring into memory what every cycle needs."""
    with Docket(lab, data) as server:
        settle()
        lab.measure(server.load(CONNECTIONS, 600, '--most', WARM, queue='big0'))
        cpu = server.process.cpu_seconds()
        found = lab.measure(server.load(CONNECTIONS, 600, '--most', MEASURED, queue='big0'))
        cpu = server.process.cpu_seconds() - cpu
    if found['empty']:
        raise Failure(f'the queue ran dry: {found}')
    return cpu / found['cycles'] * 1e6


def run(lab, o, part):
    many, found = large(lab, o), {'many': [], 'few': []}
    for n in range(o.rounds):
        found['many'].append(cost(lab, many))
        found['few'].append(cost(lab, store(lab, 1, FEW, FEW + n)))  # used up: a store of its own each round
    many_us = part.figure(words(o), found['many'], 'µs/cycle', f'{MEASURED:,} cycles a round, {CONNECTIONS} connections')
    few_us = part.figure(f'{FEW:,} pending and {FEW:,} finished, in one queue', found['few'], 'µs/cycle')
    part.at_most('many : few', many_us / few_us, 1.2, '×')
