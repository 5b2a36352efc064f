"""Both sides of a relay, for 0425-relay.t: pipe.py serve FILE writes a port and behaves as the first byte of a connection says; the others
connect to the relay's port and check what comes."""
import pathlib
import socket
import sys
import threading
import time


def serve(file):
    """e: says back what it hears, until that ends; s: nothing is read; l: speaks after the other has said all; q: silent."""
    def one(sock):
        kind = sock.recv(1)
        if kind == b"e":
            while data := sock.recv(65536):
                sock.sendall(data)
        elif kind == b"s":
            time.sleep(60)
        elif kind == b"l":
            heard = 0
            while data := sock.recv(65536):
                heard += len(data)
            sock.sendall(b"%d" % heard)
        elif kind == b"q":
            sock.recv(1)
        sock.close()

    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    pathlib.Path(file).write_text(str(listener.getsockname()[1]))
    threading.stack_size(256 * 1024)
    while True:
        threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()


def connect(port):
    return socket.create_connection(("127.0.0.1", int(port)), timeout=30)


def echo(port):
    """More than any buffer holds, both ways at once, and both ends."""
    sock, data = connect(port), bytes(range(256)) * 4096 * 8
    threading.Thread(target=lambda: (sock.sendall(b"e" + data), sock.shutdown(socket.SHUT_WR)), daemon=True).start()
    heard = bytearray()
    while piece := sock.recv(65536):
        heard += piece
    assert bytes(heard) == data, len(heard)


def halves(port):
    """The answer comes after the question has ended."""
    sock = connect(port)
    sock.sendall(b"l" + b"x" * 1000000)
    sock.shutdown(socket.SHUT_WR)
    assert sock.recv(100) == b"1000000"
    assert sock.recv(1) == b""


def refused(port):
    """Nobody is there behind the relay: it hangs up."""
    try:
        assert connect(port).recv(1) == b""
    except ConnectionResetError:
        pass


def stuck(port, pid):
    """What nobody reads is not taken without end, and keeps nobody else waiting."""
    sock = connect(port)
    sock.sendall(b"s")
    sock.setblocking(False)
    sent, until = 0, time.monotonic() + 3
    while time.monotonic() < until:
        try:
            sent += sock.send(b"x" * 65536)
        except BlockingIOError:
            time.sleep(0.05)
    assert sent < 32 * 1024 * 1024, sent
    used = [int(word) for word in pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]]
    halves(port)
    time.sleep(1)
    after = [int(word) for word in pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]]
    assert sum(after) - sum(used) < 60, (used, after)  # of 100 a second


def crowd(port, most):
    """LIMIT_RELAYED and one more: that one waits until another has left."""
    import resource
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    socks = []
    for _ in range(int(most)):
        socks.append(connect(port))
        socks[-1].sendall(b"e!")
    for sock in socks:
        assert sock.recv(1) == b"!"
    late = connect(port)
    late.sendall(b"e?")
    late.settimeout(2)
    try:
        assert not late.recv(1), "it was passed on"
        raise AssertionError("it was hung up on")
    except socket.timeout:
        pass
    socks[0].close()
    late.settimeout(30)
    assert late.recv(1) == b"?"


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
