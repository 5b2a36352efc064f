"""What the server acknowledged, and whether that is so: in its API and in its store."""
import collections
import os
import sqlite3
import threading

from server import QUEUE, check

SUCCEEDED, FAILED = "succeeded", "failed"
FINAL = {SUCCEEDED, FAILED, "killed"}


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


def verify_one_lease_each(client):
    """No lease was lost: each task has had one."""
    lost = [i for i, t in all_tasks(client).items() if t["attempt_count"] != 1 or t["crashes"]]
    check(not lost, f"{len(lost)} tasks had more than one lease, {lost[:5]} among them")


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
