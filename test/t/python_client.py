"""Programs on clients/python/docket.py, each a function: python_client.py NAME ARG…  What is not as it should be ends one with an exception."""
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time

sys.path.insert(1, os.path.dirname(os.path.abspath(__file__)))

import docket
from relay import Relay

UGLY = "äöü €\U0001f600\n'\"\\\t\x01 $(no) %s"


def client(**how):
    return docket.Client(**how)


def queue(name="q", **how):
    return client(**how).queue(name)


def refused(code, work, *args, **named):
    """The refusal that work ends in, which has that code."""
    try:
        work(*args, **named)
    except docket.DocketError as e:
        assert e.code == code, (e.code, str(e))
        return e
    raise AssertionError(f"{work} was not refused")


def through_relay():
    relay = Relay(client().url)
    q = queue(server=relay.url, token_file=os.environ["DOCKET_DATA"] + "/token")
    q.get()
    return relay, q


def wrong(work, *args):
    try:
        work(*args)
    except ValueError:
        return
    raise AssertionError(f"{args} was no ValueError")


# ---- finding the server

def hello(**how):
    print(client(**how).url)


def hello_to(url, token_file=None, ca_file=None):
    c = client(server=url, token_file=token_file, ca_file=ca_file)
    list(c.queues())
    print(c.url)


def away(url=None):
    began = time.monotonic()
    e = refused("server_away", lambda: list(client(server=url).queues()))
    assert isinstance(e, docket.ServerAway) and time.monotonic() - began < 5
    print(e)


def silent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        c = client(server="http://127.0.0.1:%d" % listener.getsockname()[1])
        began = time.monotonic()
        e = refused("server_away", c.call, "GET", "queues", timeout=1)
        assert "no answer in time" in str(e) and time.monotonic() - began < 4, e


def stranger():
    """Something that is no docket, and says so at length."""
    def serve(listener):
        sock, _ = listener.accept()
        sock.recv(65536)
        sock.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 6\r\n\r\n<html>")
        sock.close()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        c = client(server="http://127.0.0.1:%d" % listener.getsockname()[1])
        assert "is no docket" in str(refused("server_away", c.call, "GET", "queues"))


def wrong_token(token_file):
    e = refused("unauthorized", lambda: list(client(token_file=token_file).queues()))
    assert e.status == 401 and "token" in str(e)
    with open(os.environ["DOCKET_DATA"] + "/token") as file:
        right = file.read().strip()
    url = client().url
    for token in (right + "\n", right + "\r\n", " " + right):
        assert list(client(server=url, token=token).queues()), token
    for token in ("hush\0hush", "h\u20acush", "h\u00fcush"):
        assert "hush" not in str(refused("file", client, server=url, token=token)).replace("'token'", ""), token


def bad_files(missing, empty):
    assert missing in str(refused("file", client, token_file=missing))
    assert "no token" in str(refused("file", client, token_file=empty))
    assert "CA file" in str(refused("file", client, server="https://127.0.0.1:1", ca_file=missing))
    for url in ("ftp://a", "http://", "http://user:word@host"):
        wrong(docket.Client, url)


def proxied(port, token_file, ca_file):
    """Over a proxy that knows a name which nobody else does; it sees who asks it, and nothing of what is said."""
    seen = []

    def pump(source, target):
        while True:
            data = source.recv(65536)
            if not data:
                return
            seen.append(data)
            target.sendall(data)

    def serve(listener):
        sock, _ = listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(65536)
        seen.append(head)
        server = socket.create_connection(("127.0.0.1", int(port)))
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=pump, args=(server, sock), daemon=True).start()
        pump(sock, server)
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    os.environ["HTTPS_PROXY"] = "http://me:a%%20word@127.0.0.1:%d" % listener.getsockname()[1]
    c = client(server="https://docket.test:" + port, token_file=token_file, ca_file=ca_file)
    assert [q["queue"] for q in c.queues()] == ["q"]
    assert b"CONNECT docket.test:" in seen[0] and b"Basic bWU6YSB3b3Jk" in seen[0], seen[0]
    assert c._place.token.encode() not in b"".join(seen)
    os.environ["NO_PROXY"] = "docket.test"
    refused("server_away", lambda: list(client(server="https://docket.test:" + port, token_file=token_file, ca_file=ca_file).queues()))
    listener.close()


# ---- queues and tasks

def names():
    c = client()
    for bad in ("", "a\nb", "x" * 129, "a/b/c", "\x7f", ".", "..", "/a", "a/", "\udc80"):
        wrong(c.queue, bad)
    for good in ("...", "a b?&#%", "ü" * 64, "root/x"):
        q = c.queue(good if "/" not in good else good.split("/")[1])
        q.create()
        assert q.get()["queue"] == q.name
        q.delete()


def policy():
    q = queue("p")
    assert q.create(lease_seconds=30, max_attempts=2)["lease_seconds"] == 30
    assert q.change(max_attempts=3)["lease_seconds"] == 30 and q.get()["max_attempts"] == 3
    refused("unknown_field", q.create, colour="red")
    assert q.pause()["state"] == "paused" and q.resume()["state"] == "active"
    assert [one["queue"] for one in q.client.queues()] == ["p", "q"]
    q.add("true")
    with q.take():
        refused("queue_running", q.delete)
        q.delete(force=True)
    refused("queue_not_found", q.get)
    assert refused("queue_not_found", q.take).status == 404


def events():
    q = queue()
    ids = [q.add({"payload": i}) for i in range(4)]
    for i in range(3):
        q.take().finish(i)
    assert q.retry() == 2 and q.rerun(exitcode=0) == 1 and q.get()["counts"]["pending"] == 4
    lease = q.take()
    assert q.recover() == 1 and lease.finish() == "stale"
    assert q.cancel([ids[3]]) == 1 and q.revive([ids[3]], priority=7) == 1 and q.client.task(ids[3])["priority"] == 7
    assert q.cancel() == 4 and q.client.task(ids[0])["state"] == "killed"
    refused("bad_field", q.retry, exitcode="x")
    q.add_many({"payload": i} for i in range(3000))
    assert q.cancel() is None and q.get()["counts"]["killed"] == 3004


def tasks():
    q = queue()
    first = q.add(UGLY, key="k", env={"A": UGLY.replace("\x01", "")}, priority=3)
    assert q.add(UGLY, key="k") == first
    nested = {"a": [1, 2.5, None, True, {"ü": UGLY}], "": {}}
    second = q.add({"payload": nested})
    c = q.client
    assert c.task(first)["command"] == UGLY and c.task(first)["cwd"] == os.getcwd() and c.task(second)["payload"] == nested
    q.add_many([{"payload": i} for i in range(2500)])
    assert [t.get("payload") for t in q.tasks(state="pending")][2:] == list(range(2500))
    lease = q.take()
    assert (lease.id, lease.command, lease.env["A"]) == (first, UGLY, UGLY.replace("\x01", ""))
    assert lease.finish(3, result=nested, message=UGLY + "\0", output={"stdout": UGLY, "stderr": b"\xff\0"}) == "accepted"
    assert c.result(first) == nested and c.output(first)["stdout"] == UGLY and c.output(first)["stderr"] == b"\xff\0"
    assert [t["id"] for t in q.tasks(exitcode=3)] == [first]
    assert first in [t["id"] for t in q.tasks(text="$(no)")]
    assert [(r["id"], r["stderr"], r["result"]) for r in q.results()] == [(first, b"\xff\0", nested)]
    assert c.change_task(second, priority=9)["priority"] == 9
    c.delete_task(second)
    refused("task_not_found", c.task, second)
    refused("bad_field", lambda: list(q.tasks(state="odd")))
    for bad in (5, ["a"], None):
        try:
            q.add(bad)
        except TypeError:
            continue
        raise AssertionError(bad)
    wrong(q.add, {"payload": float("nan")})
    refused("bad_field", q.add, {"payload": 1, "command": "a"})


def waits():
    q = queue()
    task = q.add({"payload": 1})
    for wait in (q.wait, lambda s: q.client.wait_task(task, s)):
        try:
            wait(0.2)
        except TimeoutError:
            continue
        raise AssertionError("it did not wait")
    threading.Timer(0.3, lambda: q.take().finish()).start()
    assert q.client.wait_task(task, 20)["state"] == "succeeded" and q.wait(20)["drained"]


def large():
    q = queue()
    task = q.add({"payload": 1})
    data = ["ü" * 1000] * 2000
    lease = q.take()
    assert lease.finish(result=data, output="x" * 100000) == "accepted"
    import json
    assert json.loads(q.client.result(task)) == data
    assert q.client.output(task)["stdout"] == "x" * 65536 and q.client.output(task)["stdout_size"] == 100000


# ---- many

def bulk(n):
    n = int(n)
    q = queue()
    q.add_many({"payload": i} for i in range(1000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    sums = q.add_many(f"echo {i}" for i in range(n))
    took = time.monotonic() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert sums == (n, n, 0), sums
    seen = sum(1 for _ in q.tasks(text="echo"))
    listed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{n / took:.0f} tasks/s; {grown} KiB more, after the list {listed} KiB")
    assert seen == n and grown < 8 * 1024 and listed < 12 * 1024, (seen, grown, listed)


def bulk_odd():
    q = queue()
    assert q.add_many([]) == (0, 0, 0)
    assert q.add_many({UGLY, "b"}) == (2, 2, 0)
    assert q.add_many([{"payload": 1, "key": "k"}] * 3) == (3, 1, 2)
    e = refused("bad_line", q.add_many, ["a", "b", {"command": "c", "colour": 1}, "d"])
    assert e.body["error"]["line"] == 3 and e.body["added"] == 2, e.body

    def breaks():
        yield "x"
        yield "y"
        raise KeyError("mine")
    try:
        q.add_many(breaks())
    except KeyError:
        pass
    assert [t["command"] for t in q.tasks(text="y")] == ["y"]
    given = (f"z{i}" for i in range(10))
    assert q.add_many((f"z{i}" for i in range(4)), upload="mine").lines == 4
    assert q.add_many(given, upload="mine") == (10, 10, 0)
    assert [t["command"] for t in q.tasks(text="z")] == [f"z{i}" for i in range(10)]


def bulk_slowly(n, pause):
    """Lines that come one by one while the server is restarted."""
    def lines():
        for i in range(int(n)):
            time.sleep(float(pause))
            yield {"payload": i}
    print(queue().add_many(lines()), flush=True)


def bulk_lossy():
    relay, q = through_relay()
    docket.BLOCK_BYTES = 4096
    relay.lose("/uploads/", 3)
    relay.lose_whole("/uploads/", 2)
    assert q.add_many({"payload": i} for i in range(1000)) == (1000, 1000, 0) and relay.lost == 5
    assert [t["payload"] for t in q.tasks()] == list(range(1000))


# ---- leases

def leases():
    q = queue()
    for i in range(4):
        q.add({"payload": i})
    with q.take() as lease:
        assert lease.payload == 0 and lease.attempt == 1
    assert lease.outcome == "released" and q.client.task(lease.id)["state"] == "pending"
    try:
        with q.take() as lease:
            raise KeyError(UGLY)
    except KeyError:
        pass
    task = q.client.task(lease.id)
    assert task["state"] == "failed" and task["message"].startswith("KeyError") and "raise KeyError" in q.client.output(lease.id)["stderr"], task
    for early in (KeyboardInterrupt, SystemExit):
        try:
            with q.take() as lease:
                raise early
        except early:
            pass
        assert q.client.task(lease.id)["state"] == "pending"
    with q.take() as lease:
        assert lease.finish(result=5) == "accepted"
    assert lease.finish(1) == "repeated" and q.client.result(lease.id) == 5
    assert q.take(lease_seconds=5).seconds == 5 and len(q.claim(9)) == 1 and q.claim(9) == [] and q.take() is None
    assert len(q.client.held()) == 2
    q.client.give_back()
    assert q.client.held() == [] and q.get()["counts"]["pending"] == 2


def renewed():
    q = queue()
    with q.take() as lease:
        time.sleep(3.5)
        assert lease.is_open and lease.finish() == "accepted"


def told():
    """Of leases that somebody else ended."""
    q = queue()
    one, two = q.claim(2)
    q.cancel([one.id])
    q.recover([two.id])
    until = time.monotonic() + 10
    while (one.is_open or two.is_open) and time.monotonic() < until:
        time.sleep(0.05)
    assert one.cancelled and two.lost, (one, two)
    with two:
        pass
    assert one.finish() == "stale" and q.client.held() == []


def held_while(path):
    """Holds a task until the file is there."""
    q = queue()
    lease = q.take()
    open("held", "w").close()
    while not os.path.exists(path):
        time.sleep(0.02)
    print(lease.finish(result="kept"), flush=True)


def patience():
    q = queue()
    lease = q.take()
    os.kill(int(open(os.environ["DOCKET_DATA"] + ".pid").read()), signal.SIGKILL)
    time.sleep(0.2)
    began = time.monotonic()
    e = refused("server_away", lease.finish, patience=1)
    assert isinstance(e, docket.ServerAway) and 0.3 < time.monotonic() - began < 4 and lease.is_open
    began = time.monotonic()
    assert refused("server_away", docket.Client.call, q.client, "GET", "queues", patience=0.5)
    assert time.monotonic() - began < 3


def lossy():
    """Answers that get lost: a claim is one claim, a finish one finish, a task with a key one task; and what is not known is said."""
    relay, q = through_relay()
    q.add({"payload": 1})
    q.add({"payload": 2})
    relay.lose("/claim")
    one = q.take()
    assert q.get()["counts"]["running"] == 1
    relay.lose("/finish")
    assert one.finish() == "repeated" and q.client.task(one.id)["state"] == "succeeded"
    relay.lose("/claim", 1)
    q.client.patience = 0.0
    refused("server_away", q.take)
    assert q.get()["counts"]["running"] == 1
    two = q.take()
    assert two.payload == 2 and two.attempt == 1
    relay.lose("/release")
    two.release()
    q.client.patience = 60.0
    relay.lose("/tasks")
    assert "is not known" in str(refused("server_away", q.add, {"payload": 3}))
    relay.lose_whole("/tasks", 2)
    refused("server_away", q.add, {"payload": 4})
    relay.lose_whole("/tasks", 0)
    relay.lose("/tasks", 2)
    assert q.add({"payload": 5}, key="five") > 0
    assert [t["payload"] for t in q.tasks(state="pending")] == [2, 3, 5]
    assert relay.lost == 8, relay.lost


def swept():
    """A claim whose answer nobody read: what it was handed goes back when the process ends in order."""
    relay, q = through_relay()
    q.client.patience = 0.0
    relay.lose("/claim")
    refused("server_away", q.take)


def ends(how):
    q = queue()
    leases = q.claim(2)
    assert len(leases) == 2
    if how == "exit":
        sys.exit(3)
    if how == "exception":
        raise KeyError("mine")
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)


def forks():
    """A child holds nothing of its parent's, and gives nothing of it back; it claims by a name of its own."""
    q = queue()
    lease = q.take()
    with q.take():
        pid = os.fork()
        if pid == 0:
            assert q.client.held() == [] and q.client.worker != lease.worker
            with q.take() as mine:
                mine.finish(result="child")
            sys.exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert q.get()["counts"]["running"] == 2 and len(q.client.held()) == 2
    assert lease.finish() == "accepted"
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert sorted(pool.map(_one, range(10))) == [0] * 10


def _one(_):
    with queue().take(5) as lease:
        return lease.finish() != "accepted"


def threads():
    q = queue()
    seen, lock = [], threading.Lock()

    def work():
        while True:
            lease = q.take(0.3)
            if not lease:
                return
            with lease:
                lease.finish(result=lease.payload)
            with lock:
                seen.append(lease.payload)
    workers = [threading.Thread(target=work) for _ in range(4)]
    q.add_many({"payload": i} for i in range(200))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == list(range(200)) and q.get()["counts"]["succeeded"] == 200
    assert len({t["worker"] for t in q.tasks()}) > 1


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
