"""Calls of the store's disk fail.

First fault_test: the core over a disk in memory, every call of a short run, every kind of failure (see its head). Then the real
program: a short run over HTTP, in which calls chosen by chance fail below SQLite's own VFS (shim_fault), once or from then on. The
server goes on or ends with 1, and is started again on a disk that works; what was not acknowledged is sent again with the same
keys, nonces and leases. Then the ledger must be right, nothing refused may be there, and the store must be whole.
"""
import collections
import http.client
import os
import random
import shutil
import sqlite3
import subprocess

from ledger import SUCCEEDED, Ledger, verify_api, verify_store
from server import QUEUE, Client, check

CELL, CELLS, TRACE = 21, 7, 8192
CALLS, AT, HOW, ON = 3, 4, 5, 6
EIO, ENOSPC, HALF = 1, 2, 3
WORDS = {EIO: "EIO", ENOSPC: "ENOSPC", HALF: "half a write"}
CAN = {"o": (EIO, ENOSPC), "r": (EIO,), "w": (EIO, ENOSPC, HALF), "t": (EIO,), "s": (EIO, ENOSPC)}
NAMES = {"o": "open", "r": "read", "w": "write", "t": "truncate", "s": "sync"}


class Disk:
    """What shim_fault reads: which call fails, and how."""

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as f:
            f.write(b"%020d " % 0 * CELLS + b"\0" * TRACE)

    def put(self, cell, value):
        with open(self.path, "r+b") as f:
            f.seek(cell * CELL)
            f.write(b"%020d" % value)

    def trace(self):
        with open(self.path, "rb") as f:
            text = f.read()
        n = int(text[CALLS * CELL:CALLS * CELL + 20])
        return text[CELLS * CELL + 1:CELLS * CELL + 1 + n].decode()

    def mend(self):
        self.put(AT, 0)


class Run:
    """One short run; ask() is a client and a supervisor in one."""

    def __init__(self, trial, name, seed):
        self.disk = Disk(os.path.join(trial.directory, name + ".fault"))
        self.server = trial.server(name)
        self.server.environ = trial.shim("fault", TEST_FAULT=self.disk.path, TEST_FAULT_DIR=os.path.realpath(self.server.data))
        self.client, self.ledger, self.rng = Client(self.server), Ledger(), random.Random(seed)
        self.tally = collections.Counter()

    def start(self):
        """Whoever looks after the server: it may fail to start on the broken disk, with 1; then it is mended."""
        try:
            self.server.start()
        except Exception:
            check(not self.server.up() and self.server.process.returncode == 1,
                  f"the server did not start and ended with {self.server.process.poll()}")
            self.tally["not started"] += 1
            self.disk.mend()
            self.server.start()
        self.client = Client(self.server)

    def again(self):
        """The server has ended, or ends: with 1. It is started again on a disk that works."""
        code = self.server.left()
        check(code == 1, f"the server ended with {code}, not 1")
        self.tally["ended"] += 1
        self.disk.mend()
        self.start()

    def ask(self, method, path, body=None, kind="application/json", key=None):
        """Until it is answered. key: of a task that must not be there after a refusal."""
        for _ in range(20):
            try:
                status, answer = self.client.once(method, path, body, kind)
            except (OSError, http.client.HTTPException, ValueError):
                self.tally["unanswered"] += 1
                self.again()
                continue
            if status < 500:
                return status, answer
            self.tally[answer["code"]] += 1
            if answer["code"] in ("commit_unknown", "stopping"):
                self.again()
                continue
            self.server.kill()
            if key:
                self.must_lack(key)
            self.disk.mend()
            self.start()
            if key:
                self.must_lack(key)
        check(False, f"{method} {path} was never answered")

    def must_lack(self, key):
        """As whoever opens the store sees it: a copy, so that nothing is changed by looking."""
        look = self.server.data + "-look"
        os.makedirs(look)
        for name in ("docket.db", "docket.db-wal"):
            if os.path.exists(os.path.join(self.server.data, name)):
                shutil.copy(os.path.join(self.server.data, name), look)
        db = sqlite3.connect(os.path.join(look, "docket.db"))
        try:
            found = db.execute("SELECT count(*) FROM task_key WHERE key = ?", (key,)).fetchone()[0]
        except sqlite3.OperationalError as e:
            check("no such table" in str(e), str(e))
            found = 0
        db.close()
        shutil.rmtree(look)
        check(not found, f"the task '{key}' was refused and is there")

    def must(self, status, *what, **more):
        got, answer = self.ask(*what, **more)
        check(got == status, f"{what[0]} {what[1]}: {got} {answer}")
        return answer

    def add(self, *keys):
        tasks = [{"command": f"echo {k}", "key": k} for k in keys]
        self.ledger.add(self.must(201, "POST", QUEUE + "/tasks", {"tasks": tasks}, key=keys[0])["ids"], tasks)

    def claim(self, nonce, most):
        return self.must(200, "POST", QUEUE + "/claim", {"worker": "w", "max": most, "nonce": nonce, "begin": 1})["tasks"]

    def finish(self, tasks, output):
        results = [{"lease": t["lease"], "exitcode": 0, "output": output} for t in tasks]
        answer = self.must(200, "POST", QUEUE + "/finish", {"worker": "w", "results": results})
        for t, outcome in zip(tasks, answer["results"], strict=True):
            self.ledger.finish(t["id"], t["lease"], SUCCEEDED, outcome)

    def steps(self):
        self.start()
        status, _ = self.ask("PUT", QUEUE, {"lease_seconds": 600})
        check(status in (200, 201), f"the queue was answered {status}")
        self.add("a", "b", "c")
        lines = b"".join(b'{"command":"u.line.%d"}\n' % n for n in range(1, 6))
        answer = self.must(200, "PUT", QUEUE + "/uploads/u?from=1", lines, kind="application/x-ndjson")
        self.ledger.lines["u"] = answer["lines"]
        first = self.claim("1", 3)
        self.must(200, "POST", QUEUE + "/renew", {"worker": "w", "leases": [t["lease"] for t in first]})
        self.finish(first[:1], "x" * 5000)
        self.must(200, "PUT", f"{QUEUE}/leases/{first[1]['lease']}/result?worker=w", b"r" * 9000, kind="application/octet-stream")
        self.finish(first[1:2], "y")
        self.add("d")
        if self.server.up():
            self.server.process.terminate()
            self.tally["stopped with " + str(self.server.left())] += 1
        self.start()
        self.finish(first, "x")
        second = self.claim("2", 2)
        self.finish(second, "z" * 3000)
        self.must(200, "POST", QUEUE + "/cancel", {})
        self.add("e", "f")

    def judge(self):
        self.disk.mend()
        if not self.server.up():
            self.start()
        n = verify_api(Client(self.server), self.ledger)
        check(n == 11, f"there are {n} tasks, not 11")
        self.server.stop()
        verify_store(self.server.data, self.ledger)


def sweep_core(trial):
    """fault_test: every position, or one in so many."""
    command = [trial.fault_test] + (["131"] if trial.short else [])
    done = subprocess.run(command, capture_output=True, text=True)
    check(done.returncode == 0, f"fault_test fails:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
    return ["core: " + line.strip(" ;") for line in done.stdout.splitlines() if not line.startswith("ok ")]


def real_program(trial):
    count = Run(trial, "count", 0)
    count.steps()
    trace = count.disk.trace()
    count.judge()
    rng, tally, kinds = random.Random(trial.seed), collections.Counter(), collections.Counter()
    runs = 12 if trial.short else 120
    for i in range(runs):
        letter = rng.choice(sorted(set(trace)))
        at = rng.choice([n for n, x in enumerate(trace, 1) if x == letter])
        how, lasts = rng.choice(CAN[letter]), rng.random() < 0.5
        run = Run(trial, f"run-{i}", i)
        for cell, value in ((AT, at), (HOW, how), (ON, lasts)):
            run.disk.put(cell, value)
        try:
            run.steps()
            run.judge()
        except Exception as e:
            check(False, f"call {at} ({NAMES[letter]}, {WORDS[how]}{', from then on' if lasts else ''}): {e!r}")
        kinds[f"{NAMES[letter]} {WORDS[how]}"] += 1
        tally += run.tally
        shutil.rmtree(run.server.data)
    told = ", ".join(f"{k} {n}" for k, n in sorted(tally.items()))
    return [f"program: {len(trace)} calls, {runs} of them failed: " + ", ".join(f"{k} {n}" for k, n in sorted(kinds.items())),
            f"program: nothing lost, doubled or stored though refused; {told}"]


def run(trial):
    return sweep_core(trial) + real_program(trial)
