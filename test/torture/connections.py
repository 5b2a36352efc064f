"""1,000 connections that say nothing and 200 that send a byte a second, half of them a head and half a body, beside someone who adds,
claims and finishes all the time.

Those who trickle are cut at the deadlines of doc/PROTOCOL.md (a head after 10 s; a body after 10 s at less than 1 KiB/s), those who rest
after 120 s, and claims beside them go on as without.
"""
import select
import threading
import time

from descriptors import cycles
from ledger import Ledger, verify_api, verify_store
from server import QUEUE, Client, check, p
from wire import Wire, request

IDLE, TRICKLING = 1000, 200
CUT, REST = (10, 14), (118, 126)  # seconds: from, to
P99_MS = 100


class Beside(threading.Thread):
    """Cycles until it is stopped."""

    def __init__(self, server, name):
        super().__init__()
        self.server, self.times, self.ledger, self.over, self.complaint = server, [], Ledger(), threading.Event(), None
        self.name = name
        self.start()

    def run(self):
        try:
            wire = Wire(self.server)
            while not self.over.is_set():
                self.times += cycles(wire, self.ledger, 5, f"{self.name}.{len(self.times)}")
        except Exception as e:
            self.complaint = e

    def end(self):
        self.over.set()
        self.join()
        check(not self.complaint, f"beside the connections: {self.complaint!r}")
        return self.times


def readable(sockets, seconds):
    poll, by_number = select.poll(), {s.fileno(): s for s in sockets}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(max(0, seconds) * 1000)]


def trickle(server, n):
    """How long each of n connections was let in: heads, bodies."""
    crowd, cut = {}, {}
    for i in range(n):
        w = Wire(server)
        if i % 2:
            w.socket.sendall(request("POST", QUEUE + "/tasks", w.token, b'{"command":"', 100000))
            crowd[w.socket] = ("bodies", time.monotonic())
        else:
            w.socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
            crowd[w.socket] = ("heads", time.monotonic())
    deadline = time.monotonic() + CUT[1] + 5
    beat = time.monotonic() + 1
    while crowd and time.monotonic() < deadline:
        for s in readable(crowd, beat - time.monotonic()):
            end(s, crowd, cut)
        if time.monotonic() >= beat:
            beat += 1
            for s in list(crowd):
                try:
                    s.send(b"x")
                except OSError:
                    end(s, crowd, cut)
    check(not crowd, f"{len(crowd)} connections that trickle were not cut")
    return cut


def end(s, crowd, cut):
    """The other side has something to say: that it is over."""
    try:
        if s.recv(65536):
            return
    except OSError:
        pass
    kind, since = crowd.pop(s)
    cut.setdefault(kind, []).append(time.monotonic() - since)
    s.close()


def rest(crowd, since, patience):
    """How long each was let in; those that are left stay."""
    lasted, deadline = [], since + patience
    open_ones = {w.socket: w for w in crowd}
    while open_ones and time.monotonic() < deadline:
        for s in readable(open_ones, deadline - time.monotonic()):
            lasted.append(time.monotonic() - since)
            open_ones.pop(s).close()
    return lasted, len(open_ones)


def run(trial):
    server = trial.server()
    server.start()
    Client(server).must(201, "PUT", QUEUE, {"lease_seconds": 600})
    alone = Beside(server, "alone")
    time.sleep(2)
    alone = alone.end()
    since = time.monotonic()
    crowd = [Wire(server) for _ in range(IDLE)]
    beside = Beside(server, "beside")
    cut = trickle(server, TRICKLING)
    for kind, times in cut.items():
        check(min(times) > CUT[0] - 1 and max(times) < CUT[1], f"{kind} were cut after {min(times):.1f} to {max(times):.1f} s")
    lasted, left = rest(crowd, since, 20 if trial.short else REST[1])
    if trial.short:
        check(left == IDLE, f"{IDLE - left} of the resting were cut before their time")
    else:
        check(left == 0 and min(lasted) > REST[0], f"{left} of the resting were not cut; the first after {min(lasted):.1f} s")
    check(server.threads() == 1, f"the server has {server.threads()} threads: ThreadSanitizer has something to watch")
    times = beside.end()
    check(p(times, 0.99) < P99_MS, f"claims beside took p99 {p(times, 0.99):.1f} ms")
    for w in crowd:
        w.close()
    verify_api(Client(server), beside.ledger)
    server.stop()
    verify_store(server.data, beside.ledger)
    cuts = ", ".join(f"{len(t)} trickling {kind} were cut after {min(t):.1f} to {max(t):.1f} s" for kind, t in sorted(cut.items()))
    resting = f"{IDLE} resting: all stayed for 20 s" if trial.short else f"{IDLE} resting were cut after {min(lasted):.1f} to {max(lasted):.1f} s"
    return [f"{cuts}; {resting}", f"claims: alone p50 {p(alone, 0.5):.2f} ms, p99 {p(alone, 0.99):.2f} ms; beside ({len(times)}) p50 "
            f"{p(times, 0.5):.2f} ms, p99 {p(times, 0.99):.2f} ms, most {max(times):.1f} ms"]
