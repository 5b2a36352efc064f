"""Rounds of kill -9 under load.

server: threads add tasks (with keys, without, as uploads), claim, finish, renew and give back, and keep a ledger of what was
acknowledged; the server is killed at random moments and started again, and the threads send what was not answered again, as
doc/PROTOCOL.md says. Then every acknowledged add and finish must be there, in the API and in the store; no task may have two
accepted results; the kept counts must be the real ones; the store must be whole.

workers: `docket work` processes running pipes, background jobs, new sessions and lists of commands are killed; one second later
nothing of their commands may live; in the end every task must be in a final state, and none may have been begun again after its
success was acknowledged.
"""
import base64
import json
import os
import random
import signal
import subprocess
import threading
import time

from ledger import FAILED, FINAL, SUCCEEDED, Ledger, all_tasks, verify_api, verify_store
from server import QUEUE, Client, check, wait_for

# ---- the load: each of these is one thread's step, called again and again

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


# ---- the server killed

def server_round(trial):
    rng = random.Random(trial.seed)
    slow = trial.shim("fault", TEST_SLOW_SYNC=str(rng.choice((0, 2, 10))))  # most kills fall into a commit then
    server, ledger, stop, complaints = trial.server(environ=slow), Ledger(), threading.Event(), []
    server.start()
    Client(server).ask("PUT", QUEUE, {"lease_seconds": 600})
    threads = load(server, ledger, trial.seed, stop, complaints)
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
    held = Client(server).counts().get("running", 0)
    check(not held, f"{held} tasks run under leases that no worker knows of")
    server.stop()
    verify_store(server.data, ledger)
    return [f"{n} tasks, {len(ledger.accepted)} finished, {server.kills} kills"]


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


def workers_round(trial):
    rng = random.Random(trial.seed)
    server = trial.server()
    marker = "TORTURE_MARK=" + base64.b32encode(rng.randbytes(10)).decode()
    server.start()
    client = Client(server)
    client.ask("PUT", QUEUE, {"lease_seconds": 1, "max_crashes": 1000})
    logs = {}
    for i in range(24):
        log = os.path.join(trial.directory, f"task.{i}")
        command = list(SHAPES.values())[i % 4].format(log=log, n=rng.randint(1, 9))
        name, value = marker.split("=")
        status, answer = client.ask("POST", QUEUE + "/tasks", {"command": command, "env": {name: value}})
        check(status == 201, f"add: {status} {answer}")
        logs[answer["ids"][0]] = log
    acknowledged, kills = {}, 0
    for _ in range(3):
        worker = start_worker(trial.docket, server)
        time.sleep(rng.uniform(0.1, 0.7))
        worker.kill()
        worker.wait()
        kills += 1
        time.sleep(1)
        check(not living(marker.encode()), f"1 s after the kill there live {living(marker.encode())}")
        for task_id, t in all_tasks(client).items():
            if t["state"] == SUCCEEDED:
                acknowledged.setdefault(task_id, begun(logs[task_id]))
    worker = start_worker(trial.docket, server)
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
    return [f"24 tasks, {kills} kills, {len(acknowledged)} acknowledged before the last"]
