"""Clients that no curl plays: raw bytes, crowds, the slow and the dead. Used by the scenarios:

    clients.py raw HOST:PORT              sends stdin (with \\r and \\n written out), prints what comes until the close
    clients.py killed URL TOKEN N         N claims that wait, their clients killed hard
    clients.py vanished URL TOKEN PID N   N claims that wait; all leave, and N tasks are added, while the server PID sleeps
    clients.py idle URL TOKEN N           N idle connections, requests beside them; prints the slowest in ms
    clients.py slow-head URL SECONDS      a byte of head a second; prints how long it was let in
    clients.py slow-body URL TOKEN        10 bytes of body a second; prints how long it was let in
    clients.py rest URL SECONDS           an idle connection; prints how long it was let in
    clients.py lazy URL TOKEN PATH N      N that ask for PATH and do not read, requests beside them; prints the slowest in ms
    clients.py burst URL TOKEN N          N adds sent at once on N connections; prints how many got 201
    clients.py stranded URL TOKEN PID     one that sends a part of its body and leaves while the server PID sleeps; prints
                                          how many seconds (at most 8) the server then holds its connection
    clients.py stopping URL TOKEN PID     SIGTERM while a body is half sent; prints the status of a request sent then on a
                                          connection that was open, and of the body when it is whole
    clients.py bodies URL TOKEN N         N bodies of 1 MiB but for the last byte, all open at once; prints the
                                          status of a read, of one more such body, and of a task when all have left
"""
import json
import os
import re
import select
import signal
import socket
import sys
import time


def address(url):
    host, port = re.match(r"(?:http://)?(.*?):(\d+)", url).groups()
    return host, int(port)


def connect(url):
    return socket.create_connection(address(url), timeout=60)


def request(method, path, token, body=b"", length=None):
    return (f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body) if length is None else length}\r\n\r\n").encode() + body


def answer(s):
    """The head and body of one answer; b"" if the connection ended first."""
    got = b""
    while b"\r\n\r\n" not in got:
        more = s.recv(65536)
        if not more:
            return got
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
    while len(body) < length:
        body += s.recv(65536)
    return head + b"\r\n\r\n" + body


def ask(s, *what):
    s.sendall(request(*what))
    return answer(s)


def open_until_closed(s, feed, patience):
    """Seconds until the other side closes; feed() is called each second."""
    start = time.monotonic()
    while time.monotonic() - start < patience:
        readable, _, _ = select.select([s], [], [], 1)
        try:
            if readable and not s.recv(65536):
                break
            feed()
        except OSError:
            break
    return time.monotonic() - start


def raw(url):
    s = connect(url)
    s.sendall(sys.stdin.buffer.read().decode("unicode_escape").encode("latin-1"))
    s.settimeout(10)
    try:
        while piece := s.recv(65536):
            sys.stdout.buffer.write(piece)
    except (TimeoutError, OSError):
        pass


def killed(url, token, n):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        crowd = [connect(url) for _ in range(int(n))]
        for i, s in enumerate(crowd):
            s.sendall(request("POST", "/api/v1/queues/q/claim", token, json.dumps({"worker": f"w{i}", "wait": 60}).encode()))
        os.write(writer, b"x")
        signal.pause()
    os.read(reader, 1)
    s = connect(url)
    ask(s, "GET", "/healthz", token)
    ask(s, "GET", "/healthz", token)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def idle(url, token, n):
    crowd = [connect(url) for _ in range(int(n))]
    s, slowest = connect(url), 0
    for _ in range(100):
        start = time.monotonic()
        assert b" 200 " in ask(s, "GET", "/api/v1/queues", token)[:20]
        slowest = max(slowest, time.monotonic() - start)
    print(round(slowest * 1000), len(crowd))


def lazy(url, token, path, n):
    crowd = [connect(url) for _ in range(int(n))]
    for s in crowd:
        s.sendall(request("GET", path, token))
    ask(connect(url), "GET", "/healthz", token)
    idle(url, token, 0)


def slow_head(url, patience):
    s = connect(url)
    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
    print(round(open_until_closed(s, lambda: s.sendall(b"x"), float(patience))))


def slow_body(url, token):
    s = connect(url)
    s.sendall(request("POST", "/api/v1/queues/q/tasks", token, b'{"command":"', 100000))
    print(round(open_until_closed(s, lambda: s.sendall(b"x" * 10), 60)))


def rest(url, patience):
    print(round(open_until_closed(connect(url), lambda: None, float(patience))))


def burst(url, token, n):
    crowd = [connect(url) for _ in range(int(n))]
    for i, s in enumerate(crowd):
        s.sendall(request("POST", "/api/v1/queues/q/tasks", token, json.dumps({"command": f"t{i}"}).encode()))
    print(sum(b" 201 " in answer(s)[:20] for s in crowd))


def stranded(url, token, pid):
    def held():
        return len(os.listdir(f"/proc/{pid}/fd"))

    before, s = held(), connect(url)
    while held() == before:
        time.sleep(0.01)
    os.kill(int(pid), signal.SIGSTOP)
    s.sendall(request("POST", "/api/v1/queues/q/tasks", token, b'{"command":"'.ljust(100000), 1000000))
    s.close()
    os.kill(int(pid), signal.SIGCONT)
    start = time.monotonic()
    while held() > before and time.monotonic() - start < 8:
        time.sleep(0.1)
    print(round(time.monotonic() - start))


def stopping(url, token, pid):
    half, rested = connect(url), connect(url)
    body = b'{"command":"a"}'
    half.sendall(request("POST", "/api/v1/queues/q/tasks", token, body[:5], len(body)))
    ask(rested, "GET", "/healthz", token)
    os.kill(int(pid), signal.SIGTERM)
    while b" 200 " in (seen := ask(rested, "GET", "/api/v1/queues", token))[:20]:
        time.sleep(0.01)
    half.sendall(body[5:])
    print(seen[9:12].decode(), json.loads(seen.partition(b"\r\n\r\n")[2])["code"], answer(half)[9:12].decode())


def vanished(url, token, pid, n):
    n = int(n)
    adder, crowd = connect(url), []
    for i in range(n):
        s = connect(url)
        s.sendall(request("POST", "/api/v1/queues/q/claim", token, json.dumps({"worker": f"v{i}", "wait": 60}).encode()))
        crowd.append(s)
    ask(adder, "GET", "/healthz", token)
    os.kill(int(pid), signal.SIGSTOP)
    for s in crowd:
        s.close()
    tasks = [{"command": f"c{i}"} for i in range(n)]
    adder.sendall(request("POST", "/api/v1/queues/q/tasks", token, json.dumps({"tasks": tasks}).encode()))
    os.kill(int(pid), signal.SIGCONT)
    answer(adder)


def bodies(url, token, n):
    size = 1024 * 1024
    body = b'{"command":"true"}'.ljust(size)
    crowd = []
    for _ in range(int(n)):
        s = connect(url)
        s.setblocking(False)
        crowd.append([s, request("POST", "/api/v1/queues/q/tasks", token, body)[:-1]])
    deadline = time.monotonic() + 8
    while any(rest for _, rest in crowd) and time.monotonic() < deadline:
        _, writable, _ = select.select([], [s for s, rest in crowd if rest], [], 0.5)
        for pair in crowd:
            if pair[0] in writable:
                try:
                    pair[1] = pair[1][pair[0].send(pair[1][:262144]):]
                except BlockingIOError:
                    pass
                except OSError:
                    pair[1] = b""
    read = ask(connect(url), "GET", "/api/v1/queues/q", token)
    one_more = ask(connect(url), "POST", "/api/v1/queues/q/tasks", token, b"", size)
    for s, _ in crowd:
        s.close()
    deadline = time.monotonic() + 10
    after = b""
    while b" 201 " not in after[:20] and time.monotonic() < deadline:
        time.sleep(0.1)
        after = ask(connect(url), "POST", "/api/v1/queues/q/tasks", token, b'{"command":"true"}')
    print(*(a[9:12].decode() for a in (read, one_more, after)))


if __name__ == "__main__":
    sys.exit(globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:]))
