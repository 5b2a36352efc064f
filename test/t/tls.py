"""Clients of a server that speaks TLS which no curl plays. Used by 0240-tls.t:

    tls.py silent URL PID N          N handshakes that do not go on: the server PID must not work meanwhile, and cut them off
    tls.py noise URL                 bytes that are no TLS, handshakes cut in the middle
    tls.py endless URL PID           a request in plain HTTP without end to the server PID: little of it is read
    tls.py records URL TOKEN         a stream whose first line is whole while half of the next record has been sent: it must be seen
    tls.py answers FILE ANSWER       answers one request with the bytes of a file, on the port it writes to FILE
"""
import http.client
import json
import os
import pathlib
import random
import re
import select
import signal
import socket
import ssl
import struct
import sys
import time

HANDSHAKE_SECONDS = 10  # LIMIT_HEAD_SECONDS
PLAIN_BYTES = 4 * 16 * 1024  # what is read of a plain request


def address(url):
    host, port = re.match(r"https?://(.*?):(\d+)", url).groups()
    return host, int(port)


def connect(url):
    return socket.create_connection(address(url), timeout=30)


def context():
    return ssl.create_default_context(cafile=os.environ["CURL_CA_BUNDLE"])


def cpu_seconds(pid):
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def hello():
    """What a client says first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context().wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise SystemExit("a handshake with nobody went well")


def silent(url, pid, count):
    crowd = [connect(url) for _ in range(int(count))]
    for i, s in enumerate(crowd):
        s.sendall([b"", b"\x16", b"\x16\x03\x01\x02\x00\x01", hello()][i % 4])
    time.sleep(0.5)
    began, spent = time.monotonic(), cpu_seconds(pid)
    time.sleep(3)
    spent = cpu_seconds(pid) - spent
    for s in crowd:
        while s.recv(65536):  # until it is cut off
            pass
    seconds = time.monotonic() - began
    print(f"{spent:.2f} s of work in 3 s, cut off after {seconds:.1f} s", file=sys.stderr)
    if spent > 0.5 or not HANDSHAKE_SECONDS - 2 < seconds < HANDSHAKE_SECONDS + 3:
        raise SystemExit("silent clients cost the server something")


def noise(url):
    chance = random.Random(1)
    first = hello()
    for _ in range(100):
        with connect(url) as s:
            kind = chance.randrange(4)
            if kind == 0:
                s.sendall(chance.randbytes(chance.randrange(1, 2000)))
            elif kind == 1:
                s.sendall(first[:chance.randrange(1, len(first))])
            elif kind == 2:
                s.sendall(bytes(b ^ (chance.random() < 0.02) for b in first))
            else:
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                if not s.recv(4096).startswith(b"HTTP/1.1 400 "):
                    raise SystemExit("a plain request was not told so")


def acknowledged(s):
    """How many bytes the kernel of the other side has taken: read there, or held for whoever reads."""
    return struct.unpack_from("Q", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), 120)[0]  # tcpi_bytes_acked


def endless(url, pid):
    """The server sleeps until its kernel holds what it can of a request; then it could read as fast as more comes."""
    s = connect(url)
    time.sleep(0.5)  # the handshake rests
    os.kill(int(pid), signal.SIGSTOP)
    s.setblocking(False)
    while select.select([], [s], [], 1)[1]:
        s.send(b"G" * 262144)
    held = acknowledged(s)
    os.kill(int(pid), signal.SIGCONT)
    s.settimeout(20)
    try:
        while s.recv(65536):
            pass
    except ConnectionResetError:
        pass
    read = acknowledged(s) - held
    print(f"{held} bytes held, {read} more taken", file=sys.stderr)
    if held < PLAIN_BYTES or read > 2 * PLAIN_BYTES:
        raise SystemExit("a request in plain HTTP was read as far as it went")


def ask(url, token, path):
    c = http.client.HTTPSConnection(*address(url), context=context(), timeout=30)
    c.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    return json.loads(c.getresponse().read())


def records(url, token):
    """The TLS is done in memory, so that its bytes can be sent by halves."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    s, tls = connect(url), context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            s.sendall(outgoing.read())
            incoming.write(s.recv(65536))
    s.sendall(outgoing.read())
    first, second = b'{"command":"a"}\n', b'{"command":"b"}\n'
    tls.write(f"PUT /api/v1/queues/q/uploads/u HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
              f"Content-Type: application/x-ndjson\r\nContent-Length: {len(first + second)}\r\n\r\n".encode())
    s.sendall(outgoing.read())
    tls.write(first)
    one = outgoing.read()
    tls.write(second)
    two = outgoing.read()
    s.sendall(one + two[:len(two) // 2])
    until = time.monotonic() + 10
    while ask(url, token, "/api/v1/queues/q")["counts"]["pending"] != 1:
        if time.monotonic() > until:
            raise SystemExit("the first line was not taken")
        time.sleep(0.05)
    s.sendall(two[len(two) // 2:])
    incoming.write(s.recv(65536))
    if b" 200 " not in tls.read(100):
        raise SystemExit("the upload did not end well")


def answers(port_file, answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pathlib.Path(port_file).write_text(str(listener.getsockname()[1]))
        s, _ = listener.accept()
        with s:
            s.recv(65536)
            s.sendall(pathlib.Path(answer).read_bytes())


if __name__ == "__main__":
    {"silent": silent, "noise": noise, "endless": endless, "records": records, "answers": answers}[sys.argv[1]](*sys.argv[2:])
