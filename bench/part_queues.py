"""The list of queues, with many tasks in them."""
import time

from lab import settle
from servers import Docket
from stores import large, words

ASKED = 1000
TITLE = 'GET /queues with 10,000,000 tasks pending and as many finished, in ten queues'


def run(lab, o, part):
    data, times = large(lab, o), []
    for _ in range(o.rounds):
        with Docket(lab, data) as server:
            settle()
            connection, mine = server.connect(), []
            for _ in range(ASKED):
                began = time.monotonic()
                queues = server.ask('GET', 'queues', connection=connection)['queues']
                mine.append((time.monotonic() - began) * 1000)
        counts = [sum(queue['counts'].values()) for queue in queues]
        assert len(counts) == 10 and min(counts) > 0, counts
        times.append(sorted(mine))
    part.say(f'{words(o)}; {ASKED} requests a round.')
    p50 = part.figure('half of them within', [mine[ASKED // 2] for mine in times], 'ms')
    p99 = part.figure('99 of 100 within', [mine[ASKED * 99 // 100] for mine in times], 'ms')
    part.at_most('half of them', p50, 2, 'ms')
    part.at_most('99 of 100', p99, 2, 'ms')
