"""The server runs out of file descriptors, in three ways: more connections come than its own bound allows; there is no descriptor left
for one that it would take (the limit is lowered under it); there is none even for the first.

Those who are connected are served on, the others wait or are refused; nothing spins; the store, the log and a restart are as ever; once
the others leave, all in one moment, newcomers are served.
"""
import resource
import signal
import time

from ledger import Ledger, verify_api, verify_store
from server import QUEUE, Client, check, p, wait_for
from wire import Wire

FILES, CROWD, HOLD_SECONDS = 80, 300, 3


class Crowd:
    """Connections that were tried; those that are served can be told from the others."""

    def __init__(self, server, n):
        self.wires = [Wire(server, timeout=2) for _ in range(n)]
        for w in self.wires:
            try:
                w.send("GET", "/healthz")
            except OSError:
                pass

    def served(self, patience):
        """Those that have an answer within so many seconds together; the others stay as they are."""
        found, deadline = [], time.monotonic() + patience
        for w in self.wires:
            w.socket.settimeout(max(0.001, min(0.2, deadline - time.monotonic())))
            try:
                if w.answer()[0] == 200:
                    found.append(w)
            except OSError:
                pass
        return found

    def close(self):
        for w in self.wires:
            w.close()


def cycles(wire, ledger, n, name):
    """Tasks added, claimed and finished on one connection; how long a claim took, in ms."""
    times = []
    for i in range(n):
        task = {"command": f"{name}.{i}"}
        status, answer = wire.ask("POST", QUEUE + "/tasks", {"tasks": [task]})
        check(status == 201, f"add: {status} {answer}")
        ledger.add(answer["ids"], [task])
        start = time.monotonic()
        (got,) = wire.ask("POST", QUEUE + "/claim", {"worker": name})[1]["tasks"]
        times.append((time.monotonic() - start) * 1000)
        status, answer = wire.ask("POST", QUEUE + "/finish", {"worker": name, "results": [{"lease": got["lease"], "exitcode": 0}]})
        ledger.finish(got["id"], got["lease"], "succeeded", answer["results"][0])
    return times


def exhaust(server, ledger, veteran, what):
    """A crowd comes; then it leaves."""
    crowd = Crowd(server, CROWD)
    served = crowd.served(4)
    check(server.up(), f"{what}: the server has left")
    check(len(served) < CROWD, f"{what}: all {CROWD} were served, so nothing was exhausted")
    before = server.cpu_seconds()
    time.sleep(HOLD_SECONDS)  # nobody asks anything: the server has nothing to do
    idle = (server.cpu_seconds() - before) / HOLD_SECONDS
    check(idle < 0.1, f"{what}: with nothing to do it takes {idle * 100:.0f} % of a core")
    veteran.socket.settimeout(30)
    times = cycles(veteran, ledger, 50, what.split()[0])
    held = server.descriptors()
    server.process.send_signal(signal.SIGSTOP)  # so that it sees all of them leave at once
    crowd.close()
    server.process.send_signal(signal.SIGCONT)

    def served_again():
        try:
            w = Wire(server, timeout=2)
            status = w.ask("GET", "/healthz")[0]
            w.close()
            return status == 200
        except OSError:
            return False

    start = time.monotonic()
    wait_for(served_again, 20, f"{what}: a newcomer to be served once the crowd had left")
    return (f"{what}: {len(served)} of {CROWD} were served, {held} descriptors held; at rest {idle * 100:.1f} % of a core; a claim beside "
            f"took p50 {p(times, 0.5):.1f} ms, p99 {p(times, 0.99):.1f} ms; a newcomer was served {time.monotonic() - start:.2f} s after")


def starve(server):
    """Nobody is connected, and there is no descriptor for the first."""
    wait_for(lambda: server.descriptors() < 14, 20, "everybody to have left")
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (server.descriptors(), FILES))
    newcomer, before = Wire(server, timeout=20), server.cpu_seconds()
    time.sleep(HOLD_SECONDS)
    busy = (server.cpu_seconds() - before) / HOLD_SECONDS
    check(busy < 0.1, f"none left for the first: it takes {busy * 100:.0f} % of a core")
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
    start = time.monotonic()
    check(newcomer.ask("GET", "/healthz")[0] == 200, "none left for the first: it was not served later")
    newcomer.close()
    return f"none left for the first: {busy * 100:.1f} % of a core, and it was served {time.monotonic() - start:.2f} s after there was one"


def run(trial):
    server, ledger = trial.server(files=FILES), Ledger()
    server.start()
    Client(server).must(201, "PUT", QUEUE, {"lease_seconds": 600})
    veteran = Wire(server)
    veteran.ask("GET", "/healthz")
    figures = [exhaust(server, ledger, veteran, f"bound of {FILES} descriptors")]
    wait_for(lambda: server.descriptors() < 16, 20, "the crowd to have left")
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (server.descriptors() + 5, FILES))
    figures.append(exhaust(server, ledger, veteran, "none left for accept"))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
    veteran.close()
    figures.append(starve(server))
    server.kill()
    server.start()
    verify_api(Client(server), ledger)
    server.stop()
    verify_store(server.data, ledger)
    return figures
