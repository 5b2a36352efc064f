"""Rounds of kill -9 under load, and what must hold afterwards. Standard library only.

    torture.py --docket PROGRAM --rounds N [--report DIR] [--seed N] [--only server|workers]

A `server` round: threads add tasks (with keys, without, as uploads), claim, finish, renew and give back, and keep a
ledger of what was acknowledged; the server is killed at random moments and started again, and the threads send
what was not answered again, as doc/PROTOCOL.md says. Then every acknowledged add and finish must be there, in the API
and in the store; no task may have two accepted results; the kept counts must be the real ones; the store must be whole.

A `workers` round: `docket work` processes running pipes, background jobs, new sessions and lists of commands are
killed; one second later nothing of their commands may live; in the end every task must be in a final state, and none
may have been begun again after its success was acknowledged.

With SHARED=1 the data directories call themselves shared between hosts (SHIMS names where shim_fault.so is).

Prints a line `ok …` or `not ok …` per round; DIR keeps them in report.txt, and the data of a round that failed.
"""
import argparse
import base64
import collections
import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

SUCCEEDED, FAILED = "succeeded", "failed"
FINAL = {SUCCEEDED, FAILED, "killed"}


class Server:
    """`docket serve` on a directory: started, killed, started again."""

    def __init__(self, docket, data):
        self.docket, self.data, self.process, self.kills = docket, data, None, 0

    def start(self):
        place = os.path.join(self.data, "server")
        if os.path.exists(place):
            os.remove(place)
        with open(self.data + ".log", "ab") as log:
            self.process = subprocess.Popen([self.docket, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: os.path.exists(place) and self.process.poll() is None and self.answers(), 30, "the server")

    def answers(self):
        try:
            return Client(self).once("GET", "/healthz")[0] == 200
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.kills += 1

    def stop(self):
        self.process.terminate()
        check(self.process.wait(30) == 0, f"the server stopped with {self.process.returncode}")

    def address(self):
        with open(os.path.join(self.data, "server")) as f:
            return json.load(f)["url"].rstrip("/").removeprefix("http://")

    def token(self):
        with open(os.path.join(self.data, "token")) as f:
            return f.read().strip()


class Client:
    """One connection; `ask` sends again until it is answered, wherever the server then is."""

    def __init__(self, server):
        self.server, self.connection = server, None

    def once(self, method, path, body=None, kind="application/json"):
        if not self.connection:
            self.connection = http.client.HTTPConnection(self.server.address(), timeout=30)
        headers = {"Authorization": "Bearer " + self.server.token()}
        if body is not None:
            headers["Content-Type"] = kind
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def ask(self, method, path, body=None, kind="application/json"):
        deadline = time.monotonic() + 60
        while True:
            try:
                status, answer = self.once(method, path, body, kind)
                if status < 500:
                    return status, answer
                check(status == 503 or answer.get("code") == "commit_unknown", f"{method} {path}: {status} {answer}")
            except (OSError, http.client.HTTPException, ValueError):
                self.connection = None
            check(time.monotonic() < deadline, f"{method} {path} was not answered for 60 s")
            time.sleep(0.02)


class Broken(Exception):
    pass


def check(condition, words):
    if not condition:
        raise Broken(words)


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


class Ledger:
    """What the server acknowledged."""

    def __init__(self):
        self.lock = threading.Lock()
        self.added = {}  # id -> what it was added as
        self.keys = {}  # key -> id
        self.lines = {}  # upload -> lines acknowledged
        self.accepted = {}  # id -> (lease, state)

    def add(self, ids, tasks):
        with self.lock:
            for task_id, task in zip(ids, tasks, strict=True):
                key = task.get("key")
                if key:
                    check(self.keys.setdefault(key, task_id) == task_id, f"key {key} was given two ids")
                else:
                    check(task_id not in self.added, f"id {task_id} was given twice")
                self.added[task_id] = task.get("command")

    def finish(self, task_id, lease, state, outcome):
        """outcome: one of `results`. A repeated one is ours if its lost answer was the first."""
        word = outcome["outcome"]
        with self.lock:
            if word == "repeated":
                check(outcome["first"] == state, f"task {task_id}: handed in as {state}, kept as {outcome['first']}")
            check(word in ("accepted", "repeated"), f"task {task_id}: its finish was answered {word}")
            before = self.accepted.setdefault(task_id, (lease, state))
            check(before == (lease, state), f"task {task_id} has two accepted results: {before}, {(lease, state)}")


# ---- the load: each of these is one thread's step, called again and again

QUEUE = "/api/v1/queues/q"


def add_with_keys(client, ledger, rng, name, step):
    tasks = [{"command": f"{name}.{step}.{i}", "key": f"{name}.{step // 2}.{i}"} for i in range(rng.randint(1, 20))]
    status, answer = client.ask("POST", QUEUE + "/tasks", {"tasks": tasks})
    check(status == 201, f"add: {status} {answer}")
    ledger.add(answer["ids"], tasks)


def add_without_keys(client, ledger, rng, name, step):
    tasks = [{"command": f"{name}.{step}.{i}"} for i in range(rng.randint(1, 20))]
    status, answer = client.ask("POST", QUEUE + "/tasks", {"tasks": tasks})
    check(status == 201, f"add: {status} {answer}")
    ledger.add(answer["ids"], tasks)


def upload(client, ledger, rng, name, step):
    done = ledger.lines.get(name, 0)
    first = max(1, done + 1 - rng.randint(0, 5))
    last = done + rng.randint(1, 30)
    body = "".join(json.dumps({"command": f"{name}.line.{n}"}) + "\n" for n in range(first, last + 1)).encode()
    status, answer = client.ask("PUT", f"{QUEUE}/uploads/{name}?from={first}", body, "application/x-ndjson")
    check(status == 200 and answer["lines"] == last, f"upload to {last}: {status} {answer}")
    ledger.lines[name] = last


def work(client, ledger, rng, name, step):
    claim = {"worker": name, "max": rng.randint(1, 8), "nonce": f"{step}", "begin": rng.randint(0, 2)}
    status, answer = client.ask("POST", QUEUE + "/claim", claim)
    check(status == 200, f"claim: {status} {answer}")
    tasks = answer["tasks"]
    while tasks:
        if rng.random() < 0.2:
            leases = [t["lease"] for t in tasks]
            status, answer = client.ask("POST", QUEUE + "/renew", {"worker": name, "leases": leases})
            check([x["outcome"] for x in answer["leases"]] == ["renewed"] * len(leases), f"renew: {answer}")
        if rng.random() < 0.1:
            client.ask("POST", QUEUE + "/release", {"worker": name, "leases": [t["lease"] for t in tasks]})
            return
        step += 1
        tasks = hand_in(client, ledger, rng, name, tasks, f"{step}.{rng.random()}")


def hand_in(client, ledger, rng, name, tasks, nonce):
    """Finishes the tasks and sometimes claims the next in the same request. Returns these."""
    codes = [rng.choice((0, 0, 0, 1)) for _ in tasks]
    body = {"worker": name, "results": [{"lease": t["lease"], "exitcode": c, "output": "x" * rng.randint(0, 2000)}
                                        for t, c in zip(tasks, codes)]}
    if rng.random() < 0.7:
        body |= {"claim": rng.randint(1, 8), "nonce": nonce}
    status, answer = client.ask("POST", QUEUE + "/finish", body)
    check(status == 200, f"finish: {status} {answer}")
    for t, code, outcome in zip(tasks, codes, answer["results"], strict=True):
        ledger.finish(t["id"], t["lease"], FAILED if code else SUCCEEDED, outcome)
    return answer.get("tasks", [])


THREADS = {"keys": add_with_keys, "plain": add_without_keys, "upload": upload, "w1": work, "w2": work, "w3": work}


def load(server, ledger, seed, stop, complaints):
    def run(name, step):
        client, rng, n = Client(server), random.Random(f"{seed} {name}"), 0
        try:
            while not stop.is_set() and not complaints:
                step(client, ledger, rng, name, n)
                n += 1
        except Exception as e:  # a thread's complaint is the round's
            complaints.append(f"{name}: {e!r}")

    threads = [threading.Thread(target=run, args=row) for row in THREADS.items()]
    for t in threads:
        t.start()
    return threads


# ---- what must hold afterwards

def all_tasks(client):
    cursor, tasks = "", {}
    while cursor is not None:
        status, page = client.ask("GET", f"{QUEUE}/tasks?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        check(status == 200, f"list: {status} {page}")
        tasks |= {t["id"]: t for t in page["tasks"]}
        cursor = page["next"]
    return tasks


def verify_api(client, ledger):
    tasks = all_tasks(client)
    for task_id, command in ledger.added.items():
        check(task_id in tasks, f"task {task_id} was acknowledged and is gone")
    for key, task_id in ledger.keys.items():
        check(tasks[task_id]["key"] == key, f"task {task_id} lost its key {key}")
    for task_id, (_, state) in ledger.accepted.items():
        is_now = tasks[task_id]["state"]
        check(is_now == state, f"task {task_id} was acknowledged {state} and is {is_now}")
    commands = collections.Counter(t["command"] for t in tasks.values())
    for name, lines in ledger.lines.items():
        for n in range(1, lines + 1):
            times = commands[f"{name}.line.{n}"]
            check(times == 1, f"line {n} of {name} is there {times} times")
    keys = collections.Counter(t["key"] for t in tasks.values() if t["key"])
    check(not keys or max(keys.values()) == 1, "a key is there twice")
    status, queue = client.ask("GET", QUEUE)
    real = collections.Counter(t["state"] for t in tasks.values())
    told = {k: n for k, n in queue["counts"].items() if n}
    check(told == dict(real), f"the counts are {told}, in truth {dict(real)}")
    return len(tasks)


def verify_store(data, ledger):
    """The same by the store's own tables: the server has stopped."""
    (path,) = [os.path.join(data, f) for f in os.listdir(data) if f.endswith(".db")]
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rows = lambda sql: db.execute(sql).fetchall()
    check(rows("PRAGMA integrity_check") == [("ok",)], "integrity_check fails")
    kept = {(q, s): n for q, s, n in rows("SELECT queue, state, n FROM counter WHERE n <> 0")}
    real = {(q, s): n for q, s, n in rows("SELECT queue, state, count(*) FROM task GROUP BY 1, 2")}
    check(kept == real, f"the counters say {kept}, the tasks {real}")
    check(not rows("SELECT task FROM lease GROUP BY task HAVING count(*) > 1"), "a task has two open leases")
    check(not rows("SELECT 1 FROM lease JOIN attempt ON attempt.lease = lease.id"), "a lease is open and closed")
    accepted = rows("SELECT task, lease, exitcode FROM attempt WHERE exitcode IS NOT NULL")
    stored = {t: (lease, code) for t, lease, code in accepted}
    check(len(stored) == len(accepted), "a task has two accepted results")
    for task_id, (lease, state) in ledger.accepted.items():
        check(task_id in stored and stored[task_id] == (lease, 0 if state == SUCCEEDED else 1),
              f"task {task_id}: acknowledged lease {lease} {state}, stored {stored.get(task_id)}")
    db.close()


def server_round(docket, directory, seed):
    rng = random.Random(seed)
    server, ledger, stop, complaints = Server(docket, os.path.join(directory, "data")), Ledger(), threading.Event(), []
    server.start()
    Client(server).ask("PUT", QUEUE, {"lease_seconds": 600})
    threads = load(server, ledger, seed, stop, complaints)
    try:
        for _ in range(rng.choice((1, 1, 2, 3))):
            time.sleep(rng.uniform(0.02, 0.8))
            server.kill()
            time.sleep(rng.choice((0, 0, 0.2)))
            server.start()
        time.sleep(0.2)
    finally:
        stop.set()
        for t in threads:
            t.join()
    check(not complaints, "; ".join(complaints))
    n = verify_api(Client(server), ledger)
    server.stop()
    verify_store(server.data, ledger)
    return f"{n} tasks, {len(ledger.accepted)} finished, {server.kills} kills"


# ---- workers killed

SHAPES = {
    "a | b": "echo begun >>{log}; (sleep 0.0{n}; echo x) | cat >/dev/null; sleep 0.0{n}",
    "(a &)": "echo begun >>{log}; (sleep 61 &) ; sleep 0.{n}",
    "setsid a": "echo begun >>{log}; setsid sleep 62 & sleep 0.{n}",
    "a; b": "echo begun >>{log}; sleep 0.1; sleep 0.{n}; true",
}


def living(marker):
    """Processes whose environment holds marker."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if marker in f.read():
                    with open(f"/proc/{pid}/cmdline", "rb") as c:
                        found.append((int(pid), c.read().replace(b"\0", b" ").decode()))
        except OSError:
            pass
    return found


def begun(log):
    try:
        with open(log) as f:
            return len(f.readlines())
    except FileNotFoundError:
        return 0


def start_worker(docket, server):
    with open(server.data + ".workers", "ab") as log:
        return subprocess.Popen([docket, "work", "q", "--data", server.data, "-j", "4"], stdin=subprocess.DEVNULL,
                                stdout=log, stderr=log)


def workers_round(docket, directory, seed):
    rng = random.Random(seed)
    server = Server(docket, os.path.join(directory, "data"))
    marker = "TORTURE_MARK=" + base64.b32encode(rng.randbytes(10)).decode()
    server.start()
    client = Client(server)
    client.ask("PUT", QUEUE, {"lease_seconds": 1, "max_crashes": 1000})
    logs = {}
    for i in range(24):
        log = os.path.join(directory, f"task.{i}")
        command = list(SHAPES.values())[i % 4].format(log=log, n=rng.randint(1, 9))
        name, value = marker.split("=")
        status, answer = client.ask("POST", QUEUE + "/tasks", {"command": command, "env": {name: value}})
        check(status == 201, f"add: {status} {answer}")
        logs[answer["ids"][0]] = log
    acknowledged, kills = {}, 0
    for _ in range(3):
        worker = start_worker(docket, server)
        time.sleep(rng.uniform(0.1, 0.7))
        worker.kill()
        worker.wait()
        kills += 1
        time.sleep(1)
        check(not living(marker.encode()), f"1 s after the kill there live {living(marker.encode())}")
        for task_id, t in all_tasks(client).items():
            if t["state"] == SUCCEEDED:
                acknowledged.setdefault(task_id, begun(logs[task_id]))
    worker = start_worker(docket, server)
    try:
        wait_for(lambda: all(t["state"] in FINAL for t in all_tasks(client).values()), 60, "every task to end")
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    for task_id, t in all_tasks(client).items():
        check(t["state"] == SUCCEEDED, f"task {task_id} is {t['state']}: {t['reason']}")
        check(begun(logs[task_id]) >= 1, f"task {task_id} succeeded and never ran")
        if task_id in acknowledged:
            check(begun(logs[task_id]) == acknowledged[task_id], f"task {task_id} ran again after its success")
    check(not living(marker.encode()), f"at the end there live {living(marker.encode())}")
    server.stop()
    return f"24 tasks, {kills} kills, {len(acknowledged)} acknowledged before the last"


KINDS = {"server": server_round, "workers": workers_round}


def one_round(kind, docket, seed, report, number):
    directory = tempfile.mkdtemp(prefix="docket-torture.")
    start = time.monotonic()
    try:
        line, good = KINDS[kind](docket, directory, seed), True
    except Exception as e:  # whatever went wrong, the round says it and its data stays
        line, good = str(e) if isinstance(e, Broken) else repr(e), False
    took = time.monotonic() - start
    line = f"{'ok' if good else 'not ok'} torture {number} {kind} (seed {seed}): {line}, {took:.1f} s"
    print(line, flush=True)
    with open(os.path.join(report, "report.txt"), "a") as f:
        print(line, file=f)
    sweep(directory)
    if not good:
        kept = os.path.join(report, f"round-{number}")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(directory, kept)
        print(f"    kept in {kept}")
    shutil.rmtree(directory)
    return good


def sweep(directory):
    """Ends what a broken round left behind: processes that name its directory."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if directory.encode() in f.read():
                    os.kill(int(pid), signal.SIGKILL)
        except OSError:
            pass


def share(shims):
    """From now on temporary directories call themselves shared between hosts."""
    os.environ |= {"LD_PRELOAD": os.path.join(shims, "shim_fault.so"), "TEST_SHARED": os.path.realpath(tempfile.gettempdir()),
                   "ASAN_OPTIONS": "verify_asan_link_order=0"}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--docket", required=True)
    options.add_argument("--rounds", type=int, required=True)
    options.add_argument("--report", default="torture")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options.add_argument("--only", choices=KINDS)
    o = options.parse_args()
    if os.environ.get("SHARED"):
        share(os.environ["SHIMS"])
    os.makedirs(o.report, exist_ok=True)
    with open(os.path.join(o.report, "report.txt"), "w") as f:
        print(time.strftime("%F %T"), f"{o.rounds} rounds, seed {o.seed}", file=f)
    kinds = [o.only] if o.only else ["server"] * 4 + ["workers"]
    bad = sum(not one_round(kinds[n % len(kinds)], o.docket, o.seed + n, o.report, n + 1) for n in range(o.rounds))
    print(f"# the report is {os.path.abspath(o.report)}/report.txt")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
