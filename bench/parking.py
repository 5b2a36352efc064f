"""Claims that wait (wake.c)."""
import contextlib

from lab import wait_until
from servers import QUEUE


def wake_command(server, peer, queue, count, adds):
    command = [server.lab.tool('wake'), peer, f'127.0.0.1:{server.port}', queue, count, adds]
    return command + (['--token', server.data / 'token'] if peer == 'docket' else [])


@contextlib.contextmanager
def parked(server, queue, count):
    """So many claims stay parked on an empty queue of docket."""
    server.ask('PUT', f'queues/{queue}', {})
    process = server.lab.load(wake_command(server, 'docket', queue, count, 0))
    wait_until(lambda: '"parked"' in process.log.read_text(), process, 'a parked claim')
    try:
        yield
        process.check()
    finally:
        process.stop()


def measure_wake(server, count, adds):
    """Adds one at a time, to so many parked claims: what wake.c prints, with the syncs of the server."""
    syncs = server.syncs.read()
    found = server.lab.measure(wake_command(server, server.peer, QUEUE, count, adds))
    found['syncs'] = server.syncs.read() - syncs
    return found
