"""Clients of docket that read page after page of a list of tasks, each 10 KB a second."""
import re
import socket
import threading
import time

PAGE, BYTES_A_TIME, EVERY_SECONDS, BUFFER = 1000, 1000, 0.1, 4096


class Reader:
    def __init__(self, server, queue):
        self.server, self.queue, self.text, self.left = server, queue, b'', 0
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)  # else the kernel would read ahead for it
        self.socket.connect(('127.0.0.1', server.port))
        self.socket.setblocking(False)
        self.ask('')

    def ask(self, cursor):
        self.socket.send(f'GET /api/v1/queues/{self.queue}/tasks?limit={PAGE}{cursor} HTTP/1.1\r\nHost: docket\r\n'
                         f'Authorization: Bearer {self.server.token}\r\n\r\n'.encode())
        self.text, self.left = b'', None

    def read(self):
        """Some bytes more; returns how many."""
        try:
            some = self.socket.recv(BYTES_A_TIME)
        except BlockingIOError:
            return 0
        if not some:
            raise ConnectionError('the server has hung up on a slow reader')
        self.text += some
        head = self.text.partition(b'\r\n\r\n')[0]
        if self.left is None and len(head) < len(self.text):
            self.left = int(re.search(rb'(?i)content-length: *(\d+)', head).group(1)) + len(head) + 4
        if self.left is not None and len(self.text) >= self.left:
            cursor = re.search(rb'"next":"?([^"}]+)', self.text[-200:]).group(1).decode()
            self.ask('' if cursor == 'null' else f'&cursor={cursor}')
        return len(some)


class Trickle:
    """So many of them, in a thread, while the context lasts. self.bytes: what they have read together,
    in self.seconds."""

    def __init__(self, server, queue, count):
        self.readers = [Reader(server, queue) for _ in range(count)]
        self.over, self.bytes, self.seconds, self.failure = threading.Event(), 0, 0, None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        began = due = time.monotonic()
        try:
            while not self.over.wait(max(0, due - time.monotonic())):
                self.bytes += sum(reader.read() for reader in self.readers)
                due += EVERY_SECONDS
                self.seconds = due - began
        except (OSError, AttributeError) as failure:
            self.failure = failure

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.over.set()
        self.thread.join()
        for reader in self.readers:
            reader.socket.close()
        if self.failure and not kind:
            raise self.failure
