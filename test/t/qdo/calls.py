"""The calls of the contract, one by one: calls.py NAME ARG…"""
import json
import os
import signal
import sys
import threading
import time

import docket
import qdo

UGLY = "äöü €\U0001f600\n'\"\\\t $(no) %s"


def wrong(work, *args, **named):
    try:
        work(*args, **named)
    except ValueError as e:
        return str(e)
    raise AssertionError((work, args, named))


def queues():
    q = qdo.create("bricks")
    assert (q.name, q.state, q.user) == ("bricks", "Active", qdo.connect("bricks").user)
    assert qdo.create("bricks").name == "bricks" and qdo.connect("bricks", user=q.user).name == "bricks"
    assert "no queue" in wrong(qdo.connect, "none") and qdo.connect("made", create_ok=True).name == "made"
    assert [one.name for one in qdo.qlist()] == [one.name for one in qdo.queues(q.user)] == ["bricks", "made", "q"]
    for bad in ("", "a/b/c", "a\nb", "x" * 200, ".."):
        assert not qdo.valid_queue_name(bad)
        wrong(qdo.create, bad)
        wrong(qdo.connect, bad)
    assert qdo.valid_queue_name("a b.c-ü")
    q.pause()
    assert q.state == "Paused" and q.get(timeout=0.1) is None
    q.resume()
    q.add(UGLY)
    assert json.loads(qdo.tojson(q)) == {"name": "bricks", "user": q.user, "state": "Active", "ntasks": {
        "Waiting": 0, "Pending": 1, "Running": 0, "Succeeded": 0, "Failed": 0, "Killed": 0}}
    assert "1 Pending" in repr(q)
    print(q.summary())
    task = q.get()
    wrong(q.delete)
    task.set_state("Succeeded")
    q.delete()
    wrong(qdo.connect, "bricks")
    wrong(q.status)
    wrong(q.get, timeout=0)
    assert "bricks" in repr(q)


def tasks():
    q = qdo.connect("q")
    nested = {"a": [1, None, {"ü": UGLY}], "b": True}
    one = q.add(UGLY, priority=5)
    two = q.add(nested, requires=[one])
    three = q.add([1, 2], requires=q.tasks(id=two))
    assert q.add_multiple({"x", "y"}) == 2 and q.add_multiple(("z%d" % i for i in range(3)), requires=[one, two], priority=1) == 3
    assert q.add_multiple(["u", "v"], requires=[[one], None], priority=[7, 8]) == 2
    for bad in (["a", "b"], ["a"]):
        wrong(q.add_multiple, bad, requires=[[one]] * (3 - len(bad)))
    wrong(q.add_multiple, "one string")
    wrong(q.add, None)
    wrong(q.add, "a", requires=[10**9])
    assert q.tasks(id=three).requires == [two] and q.tasks(id=two).task == nested and q.tasks(id=one).task == UGLY
    assert q.tasks(id=one).priority == 5 and q.tasks(id=str(one)).created and q.tasks(id=one).attempts == 0
    assert "no such task" in wrong(q.tasks, id=10**9) or True
    wrong(q.tasks, state="Odd")
    wrong(q.tasks, state=5)
    assert "Waiting" in wrong(q.set_task_state, one, "Odd")
    other = qdo.create("other").add("a")
    wrong(q.tasks, id=other)
    assert [t.id for t in q.tasks(state="Waiting")][:2] == [two, three] and q.tasks(state="pending")[0].state == q.tasks()[0].state == "Pending"
    got = q.get(timeout=0)
    while got.id != one:
        got = q.get(timeout=0)
    assert (got.task, got.state, got.err, got.priority, got.attempts) == (UGLY, "Running", None, 5, 1) and str(got.id) in repr(got)
    got.set_state(qdo.RUNNING)
    got.set_state(qdo.Task.FAILED, err=3, message=UGLY)
    seen = q.tasks(id=one)
    assert (seen.state, seen.err, seen.message) == ("Failed", 3, UGLY) and [t.id for t in q.tasks(exitcode=3)] == [one]
    assert [t.id for t in q.tasks(state="Failed", exitcode=4)] == []
    plain = json.loads(qdo.tojson([seen]))[0]
    assert set(plain) == {"id", "task", "state", "err", "message", "jobid", "priority", "requires", "created", "started", "finished", "attempts"}
    assert plain["task"] == UGLY and plain["finished"] and plain["requires"] == []
    assert q.retry(exitcode=4) == 0 and q.retry() == 1 and q.tasks(id=one).state == "Pending"
    got = [q.get(0), q.get(0)]
    got[0].set_state(qdo.PENDING)
    wrong(got[1].set_state, "Succeeded", err=4)
    q.set_task_state(got[1].id, "Failed")
    assert q.tasks(id=got[1].id).err == 1 and q.tasks(id=got[0].id).state == "Pending"
    q.get(0)
    assert q.recover() >= 1 and q.recover(dead=True) == 0 and q.rerun(exitcode=1) == 1 and q.rerun() == 0
    assert q.revive() == 0


def late():
    """What others do to a task that this process holds."""
    q = qdo.connect("q")
    q.add_multiple(["a", "b", "c"])
    one, two, three = q.get(0), q.get(0), q.get(0)
    q.recover()
    assert "not this process's" in wrong(one.set_state, "Succeeded")
    assert q.tasks(id=one.id).state == "Pending"
    docket.Client().queue("q").cancel([two.id])
    wrong(two.set_state, "Failed")
    assert q.tasks(id=two.id).state == "Killed" and q.revive() == 1 and q.tasks(id=two.id).priority == 2
    wrong(three.set_state, "Pending")


def web():
    """Changes that go over qdo's web API."""
    q = qdo.connect("q")
    ids = [q.add("t%d" % i) for i in range(4)]
    other = docket.Client().queue("q")
    lease = other.take()
    task = q.tasks(id=lease.id)
    task.set_state(qdo.PENDING)
    assert q.tasks(id=lease.id).state == "Pending" and lease.finish() == "stale"
    assert "waiting" in wrong(task.set_state, "Waiting").lower()
    got = q.get(0)
    got.set_state("Succeeded")
    got.set_state("Pending")
    assert q.tasks(id=got.id).state == "Pending"
    got = q.get(0)
    got.set_state("Killed")
    assert q.tasks(id=got.id).state == "Killed" and not other.client.held()
    q.set_task_state(ids[3], "Killed")
    q.set_task_state(ids[3], "Killed")
    q.set_task_state(ids[3], "Pending")
    assert q.tasks(id=ids[3]).state == "Pending"
    wrong(q.set_task_state, 10**9, "Pending")
    try:
        q.launch(3, walltime="1:00:00", site="nowhere")
    except docket.DocketError as e:
        assert e.code == "site_not_found" and "nowhere" in str(e), e
        return
    raise AssertionError("launched")


def holds(how):
    """Gets two tasks and ends."""
    q = qdo.connect("q")
    if how == "own":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    held = [q.get(0), q.get(0)]
    assert held[1]
    open("held", "w").close()
    if how == "waiting":
        for _ in range(3):
            threading.Thread(target=q.get, args=(60,), daemon=True).start()
        q.get(timeout=60)
    if how == "interrupt":
        signal.signal(signal.SIGINT, signal.default_int_handler)  # shells let programs in the background ignore it
        os.kill(os.getpid(), signal.SIGINT)
    if how == "exception":
        raise KeyError("mine")
    if how == "late-own":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
        open("set", "w").close()
    while how != "exit":
        time.sleep(0.05)


def kept():
    """Threads get, and one waits while others work."""
    q = qdo.connect("q")
    done = []

    def work():
        while True:
            task = q.get(timeout=0.5)
            if task is None:
                return
            task.set_state("Succeeded")
            done.append(task.task)
    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    q.add_multiple(str(i) for i in range(100))
    for worker in workers:
        worker.join()
    assert sorted(done, key=int) == [str(i) for i in range(100)]


def away(url):
    os.environ["DOCKET_SERVER"] = url
    began = time.monotonic()
    try:
        qdo.connect("q")
    except docket.ServerAway as e:
        print(e)
    assert time.monotonic() - began < 5


def rate(n):
    q = qdo.connect("q")
    q.add_multiple({"i": i} for i in range(int(n)))
    began = time.monotonic()
    for _ in range(int(n)):
        q.get(0).set_state("Succeeded")
    print("%.0f cycles/s" % (int(n) / (time.monotonic() - began)))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
