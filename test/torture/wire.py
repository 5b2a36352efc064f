"""HTTP by hand, for clients that no library plays: crowds, the slow, the ones that leave."""
import json
import socket


def request(method, path, token, body=None, length=None, kind="application/json"):
    body = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return (f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body) if length is None else length}\r\n\r\n").encode() + body


def parse(got):
    """(status, JSON, rest) of the first answer in the bytes, or None while it is not whole."""
    head, found, rest = got.partition(b"\r\n\r\n")
    if not found:
        return None
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")[1:] if line.lower().startswith(b"content-length:")), 0)
    if len(rest) < length:
        return None
    return int(head.split()[1]), json.loads(rest[:length] or b"null"), rest[length:]


class Wire:
    """A connection. OSError where it ends."""

    def __init__(self, server, timeout=30):
        host, port = server.address().split(":")
        self.token, self.got = server.token(), b""
        self.socket = socket.create_connection((host, int(port)), timeout=timeout)

    def send(self, method, path, body=None):
        self.socket.sendall(request(method, path, self.token, body))

    def answer(self):
        while not (found := parse(self.got)):
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("the connection was closed")
            self.got += more
        status, body, self.got = found
        return status, body

    def ask(self, method, path, body=None):
        self.send(method, path, body)
        return self.answer()

    def close(self):
        self.socket.close()
