"""Stores of docket that are large, made once and kept as long as the lab (make_store.c)."""
import time

from lab import settle
from servers import OWNER, Docket

kept = {}


def store(lab, queues, finished, pending):
    """The data directory of a store with queues big0, big1, …; of each so many tasks have succeeded and so many are pending."""
    which = queues, finished, pending
    if which not in kept:
        data = lab.new_folder('store')
        names = [f'big{n}' for n in range(queues)]
        with Docket(lab, data) as server:
            for name in names:
                server.ask('PUT', f'queues/{name}', {})
        began = time.monotonic()
        lab.run([lab.tool('make_store'), data / 'docket.db', OWNER, finished, pending, *names])
        settle()
        size = sum(f.stat().st_size for f in data.iterdir()) / 1e9
        took = time.monotonic() - began
        print(f'    a store of {queues * (finished + pending):,} tasks, {size:.1f} GB, made in {took:.0f} s', flush=True)
        kept[which] = data
    return kept[which]


def large(lab, o):
    """Ten queues with o.tasks tasks pending and as many finished."""
    return store(lab, 10, o.tasks // 10, o.tasks // 10)


def words(o):
    return f'{o.tasks:,} tasks pending and {o.tasks:,} finished, in ten queues'
