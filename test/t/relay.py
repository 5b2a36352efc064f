"""A relay before the server that loses what it is told to: for clients whose answers get lost on the way.

Relay(url) listens at .url; lose(WORD, N) makes it pass the next N requests on whose first line holds WORD, and cut the connection in place of
their answers. lose_whole(WORD, N) cuts before they are passed on. .lost counts."""
import socket
import threading
from urllib.parse import urlsplit


class Relay:
    def __init__(self, url):
        parts = urlsplit(url)
        self.target = parts.hostname, parts.port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.answers, self.requests, self.lost = {}, {}, 0
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self, word, n=1):
        self.answers[word] = n

    def lose_whole(self, word, n=1):
        self.requests[word] = n

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(self.target) as server:
            while True:
                request = _message(client)
                if not request or self._due(self.requests, request):
                    return
                server.sendall(request)
                answer = _message(server)
                if not answer or self._due(self.answers, request):
                    return
                client.sendall(answer)

    def _due(self, of, request):
        line = request.split(b"\r\n", 1)[0].decode()
        for word, left in of.items():
            if word in line and left:
                of[word] = left - 1
                self.lost += 1
                return True
        return False


def _message(sock):
    """A head and its body of Content-Length; b"" where the other side has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return b""
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        more = sock.recv(65536)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body
