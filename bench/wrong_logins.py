"""Clients that try passwords, so many a second: from one address, or each time from another of 127.0.0.0/8."""
import collections
import http.client
import itertools
import threading
import time

A_SECOND, THREADS = 200, 150  # many more than the server lets wait: so many a second come whatever it does


class WrongLogins:
    """While the context lasts. self.tried; self.answers: how often each status came; self.seconds."""

    def __init__(self, server, many_addresses):
        self.server, self.many = server, many_addresses
        self.over, self.answers, self.tried, self.failure = threading.Event(), collections.Counter(), 0, None
        self.numbers, self.lock, self.seconds = itertools.count(), threading.Lock(), 0
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(THREADS)]

    def source(self, n):
        return (f'127.{1 + n // 62500 % 250}.{n // 250 % 250}.{1 + n % 250}', 0) if self.many else None

    def ask(self, n):
        connection = http.client.HTTPConnection('127.0.0.1', self.server.port, timeout=30, source_address=self.source(n))
        connection.request('POST', '/site/login', f'username=user{n % 1000 if self.many else 1}&password=wrong{n}',
                           {'Content-Type': 'application/x-www-form-urlencoded'})
        status = connection.getresponse().status
        connection.close()
        return status

    def run(self, which):
        due = time.monotonic() + which / A_SECOND
        try:
            while not self.over.wait(max(0, due - time.monotonic())):
                due += THREADS / A_SECOND
                with self.lock:
                    n = self.tried = next(self.numbers)
                status = self.ask(n)
                with self.lock:
                    self.answers[status] += 1
        except OSError as failure:
            self.failure = failure

    def __enter__(self):
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.seconds = time.monotonic() - self.began
        if self.failure and not kind:
            raise self.failure
