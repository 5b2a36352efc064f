"""From the start of a server on a large store to its first answer."""
import os
import time

from lab import settle
from servers import Docket
from stores import large, words

TITLE = 'ready with 10,000,000 tasks pending and as many finished in the store'


def forget(data):
    """Drops what the kernel holds of the store in memory."""
    for path in data.iterdir():
        if path.is_file():
            fd = os.open(path, os.O_RDONLY)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)


def seconds_to_ready(lab, data):
    server = Docket(lab, data)
    began = time.monotonic()
    with server:
        server.ask('GET', 'queues')
        return time.monotonic() - began


def run(lab, o, part):
    data, warm, cold = large(lab, o), [], []
    for _ in range(o.rounds):
        settle()
        forget(data)
        cold.append(seconds_to_ready(lab, data))
        warm.append(seconds_to_ready(lab, data))
    part.say(f'{words(o)}; until the list of queues is answered.')
    seconds = part.figure('nothing of the store in memory', cold, 's')
    part.figure('started a second time', warm, 's')
    part.at_most('ready', seconds, 1, 's')
