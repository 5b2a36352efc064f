"""A small disk of its own (tmpfs), filled to the last byte while work goes on.

200 tasks are held; then somebody fills the disk. Adds are refused with 507, reads go on, all 200 results are taken from the
reserve. The server is killed while the disk is full, comes up on it, and goes on in the same way. Then somebody takes what the reserve
had given up, and reads still go on, also after another kill. Once there is room again it takes
adds by itself. Then the ledger must be right, and nothing that was refused may be there.
"""
import os
import sqlite3
import subprocess
import time

from ledger import SUCCEEDED, Ledger, verify_api, verify_store
from server import QUEUE, Client, check, wait_for

SIZE_MIB, HELD = 64, 200


def mount(place):
    """A tmpfs, or where that may not be mounted an ext4 in a file; "" if neither can be."""
    os.mkdir(place)
    image = place + ".image"
    ways = {"tmpfs": [["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", place]],
            "ext4 in a file": [["truncate", "-s", f"{SIZE_MIB + 16}M", image], ["mkfs.ext4", "-q", image],
                               ["mount", "-o", "loop", image, place]]}
    for name, commands in ways.items():
        if all(subprocess.run(c, capture_output=True).returncode == 0 for c in commands):
            return name
    return ""


def fill(place):
    """To the last byte."""
    with open(os.path.join(place, "ballast"), "ab", buffering=0) as f:
        for size in (1 << 20, 4096, 1):
            try:
                while f.write(b"\0" * size) == size:
                    pass
            except OSError:
                pass


class Load:
    """Adds until one is refused; what was refused is not to be there."""

    def __init__(self, server):
        self.client, self.ledger, self.refused, self.n = Client(server), Ledger(), [], 0

    def add(self):
        """Was it taken?"""
        self.n += 1
        task = {"command": f"t{self.n} " + "x" * 50000, "key": f"k{self.n}"}
        status, answer = self.client.once("POST", QUEUE + "/tasks", {"tasks": [task]})
        if status == 201:
            self.ledger.add(answer["ids"], [task])
        else:
            check(status == 507 and answer["code"] == "storage_full", f"add: {status} {answer}")
            self.refused.append(task["key"])
        return status == 201

    def until_refused(self):
        while self.add():
            check(self.n < 5000, "it never filled up")
        for _ in range(20):
            self.add()

    def finish(self, tasks):
        for t in tasks:
            status, answer = self.client.once("POST", QUEUE + "/finish", {"worker": "w", "results": [
                {"lease": t["lease"], "exitcode": 0, "output": "y" * 2000}]})
            check(status == 200, f"a result on a full disk was answered {status} {answer}")
            self.ledger.finish(t["id"], t["lease"], SUCCEEDED, answer["results"][0])

    def status(self):
        return self.client.once("GET", "/healthz")[1]["status"]


def act(trial, place):
    server = trial.server("small/data")
    server.start()
    load = Load(server)
    load.client.must(201, "PUT", QUEUE, {"lease_seconds": 600})
    load.ledger.add(load.client.add([{"command": f"h{n}"} for n in range(HELD)]), [{"command": f"h{n}"} for n in range(HELD)])
    held = load.client.claim("w", HELD)
    fill(place)
    load.until_refused()
    check(load.status() == "full", "healthz does not say so")
    check(load.client.counts()["running"] == HELD, "reads do not go on")
    load.finish(held[:HELD // 2])
    server.kill()
    server.start()
    load.client = Client(server)
    check(not load.add(), "after a start on the full disk an add was taken")
    load.finish(held[HELD // 2:])
    server.kill()
    server.start()
    load.client = Client(server)
    check(load.client.counts()["succeeded"] == HELD, "results are missing")
    fill(place)  # with what the reserve had given up, too
    server.kill()
    server.start()
    load.client = Client(server)
    check(load.client.counts()["succeeded"] == HELD, "reads do not go on where not even the reserve is left")
    os.remove(os.path.join(place, "ballast"))
    start = time.monotonic()
    wait_for(load.add, 20, "an add to be taken again")
    took = time.monotonic() - start
    wait_for(lambda: load.status() == "ok", 20, "healthz")
    verify_api(load.client, load.ledger)
    server.stop()
    verify_store(server.data, load.ledger)
    lacks(server.data, load.refused)
    return [f"{len(load.ledger.added)} tasks taken, {len(load.refused)} refused with 507 and not there",
            f"{HELD} results of 2,000 bytes taken from the reserve, half of them after a kill -9 and a start on the full disk",
            f"adds taken again {took:.1f} s after there was room"]


def lacks(data, keys):
    db = sqlite3.connect(os.path.join(data, "docket.db"))
    there = {k for (k,) in db.execute("SELECT key FROM task_key")} & set(keys)
    db.close()
    check(not there, f"{len(there)} tasks were refused and are there, {sorted(there)[:3]} among them")


def run(trial):
    place = os.path.join(trial.directory, "small")
    how = mount(place)
    check(how, "neither tmpfs nor a file system in a file can be mounted here: run it as root")
    try:
        return [f"{how} of {SIZE_MIB} MiB"] + act(trial, place)
    finally:
        subprocess.run(["umount", "-l", place], check=True)
