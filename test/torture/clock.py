"""The clock of the machine jumps by a year: somebody sets it while the server runs, or while it is down (shim_clock).

While it runs nothing may happen by a jump: leases neither expire at once nor never, what waits for its time waits, times never step
back and ids and times have the same order. Between two runs leases are renewed by the start, whichever way the clock went, and run
out after their length; behind the newest moment of the store time goes on from there. Where the machine slept for a year, leases
are over, and the server goes on.
"""
import calendar
import os
import time

from ledger import Ledger, verify_api, verify_store
from server import QUEUE, Client, check, wait_for

LEASE, YEAR = 30, 365 * 86400


class Clock:
    """passed: seconds that have gone by, on all clocks; set: by how much somebody has set the wall clock."""

    def __init__(self, path):
        self.path, self.passed, self.set = path, 0, 0
        self.write()

    def write(self):
        with open(self.path, "r+b" if os.path.exists(self.path) else "w+b") as f:
            f.write(b"%020d %c%019d" % (self.passed * 1000000, b"-" if self.set < 0 else b"+", abs(self.set) * 1000000))

    def go_on(self, seconds):
        self.passed += seconds
        self.write()

    def jump(self, seconds):
        self.set += seconds
        self.write()


def seconds_of(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) + float(text[19:23])


class Life:
    def __init__(self, trial, name):
        self.clock = Clock(os.path.join(trial.directory, name + ".clock"))
        self.server = trial.server(name, environ=trial.shim("clock", TEST_CLOCK=self.clock.path))
        self.server.start()
        self.ledger, self.n, self.newest = Ledger(), 0, 0
        self.client = Client(self.server)
        self.client.must(201, "PUT", QUEUE, {"lease_seconds": LEASE})

    def add(self, **more):
        self.n += 1
        task = {"command": f"t{self.n}", "key": f"t{self.n}"} | more
        ids = self.client.add([task])
        self.ledger.add(ids, [task])
        created = seconds_of(self.client.must(200, "GET", f"/api/v1/tasks/{ids[0]}")["created"])
        check(created >= self.newest, f"task {ids[0]} was created {self.newest - created:.3f} s before the one before it")
        self.newest = created
        return ids[0]

    def state(self, task):
        return self.client.must(200, "GET", f"/api/v1/tasks/{task}")["state"]

    def hold(self):
        """A task that somebody holds under a lease."""
        self.add()
        (task,) = self.client.claim("w", 1)
        return task

    def still_held(self, task, when):
        time.sleep(0.05)  # whatever the jump may have set off
        check(self.state(task["id"]) == "running", f"{when}: the lease ran out at once")
        (outcome,) = self.client.renew("w", [task])
        check(outcome["outcome"] == "renewed", f"{when}: the lease is {outcome['outcome']}")

    def runs_out(self, task, when):
        self.clock.go_on(LEASE - 3)
        time.sleep(0.05)
        check(self.state(task["id"]) == "running", f"{when}: the lease ran out before its time")
        self.clock.go_on(4)
        self.client.counts()  # the clock was moved under a server that sleeps
        wait_for(lambda: self.state(task["id"]) == "pending", 5, f"{when}: the lease to run out")
        (again,) = self.client.claim("w2", 1)
        check(again["id"] == task["id"], f"{when}: another task was handed out")
        check(self.client.finish("w2", [again]) == ["accepted"], f"{when}: its result was not accepted")

    def while_it_runs(self, by, when):
        task = self.hold()
        start = self.newest
        waiting = self.add(not_before=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.newest + 3600)))
        self.clock.jump(by)
        self.add()
        self.still_held(task, when)
        check(self.state(waiting) == "waiting", f"{when}: what waits for its time does not wait")
        check(self.newest - start < 86400, f"{when}: time went with the clock")
        (other,) = self.client.claim("w", 1)
        check(self.client.finish("w", [other]) == ["accepted"], f"{when}: a result was not accepted")
        self.runs_out(task, when)
        self.clock.go_on(3600)
        self.client.counts()
        wait_for(lambda: self.state(waiting) == "pending", 5, f"{when}: a task whose time had come")
        (due,) = self.client.claim("w", 1)
        self.client.finish("w", [due])

    def between_runs(self, by, end, when):
        task = self.hold()
        end()
        self.clock.jump(by)
        self.server.start()
        self.client = Client(self.server)
        self.still_held(task, when)
        other = self.add()
        self.runs_out(task, when)
        (last,) = self.client.claim("w", 1)
        check(last["id"] == other, f"{when}: order is lost")
        self.client.finish("w", [last])

    def asleep(self):
        task = self.hold()
        self.clock.go_on(YEAR)
        self.client.counts()
        wait_for(lambda: self.state(task["id"]) == "pending", 5, "the lease to run out while the machine slept")
        (again,) = self.client.claim("w", 1)
        self.client.finish("w", [again])

    def judge(self):
        verify_api(self.client, self.ledger)
        self.server.stop()
        verify_store(self.server.data, self.ledger)


def run(trial):
    t, did = Life(trial, "data"), 0
    for by, way in ((YEAR, "forwards"), (-YEAR, "backwards"), (-YEAR, "backwards again"), (2 * YEAR, "forwards by two")):
        t.while_it_runs(by, f"a year {way} while it runs")
        for end, how in ((t.server.stop, "a stop"), (t.server.kill, "a kill")):
            t.between_runs(by, end, f"a year {way} over {how}")
            did += 1
        t.clock.jump(-2 * by)
        did += 1
    t.asleep()
    t.judge()
    said = t.server.log().count("time goes on from there")
    check(said, "a clock behind the store is not mentioned in the log")
    return [f"{did} jumps: no lease ran out at once, each after its {LEASE} s; {t.n} tasks in the order of their times",
            f"a year of sleep: leases are over; {said} starts behind the newest moment of the store, each said so in the log"]
