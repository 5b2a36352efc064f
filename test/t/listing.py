"""Long lists of the qdo face, as a program reads them. Used by 0851-qdo-lists.t and to look at the figures by hand.

    listing.py fill URL TOKEN QUEUE N          N tasks into the queue, every tenth of which has failed
    listing.py read URL TOKEN PATH             reads a list: how many tasks, how many by state, time to the first byte
    listing.py slow URL TOKEN PATH SECONDS     reads a few bytes of it, and nothing more for so long
    listing.py beside URL TOKEN QUEUE PATH N SECONDS    claims in a row while N clients read the list without end; then without them

`read` says {"tasks","states","ids_rise","first_ms","seconds"}, `beside` {"with":{"p50_ms","p99_ms","claims"},"without":{…}}.
"""
import http.client
import json
import multiprocessing
import ssl
import sys
import threading
import time
import urllib.parse


def connect(url):
    place = urllib.parse.urlsplit(url)
    if place.scheme == "https":  # by a certificate of the test's own
        return http.client.HTTPSConnection(place.hostname, place.port, timeout=60, context=ssl._create_unverified_context())
    return http.client.HTTPConnection(place.hostname, place.port, timeout=60)


def ask(connection, token, method, path, body=None, kind="application/json"):
    connection.request(method, path, body, {"Authorization": f"Bearer {token}", "Content-Type": kind})
    return connection.getresponse()


def call(connection, token, method, path, body=None, kind="application/json"):
    answer = ask(connection, token, method, path, body, kind)
    told = answer.read()
    if answer.status >= 300:
        sys.exit(f"{method} {path}: {answer.status} {told[:300]}")
    return json.loads(told)


def fill(url, token, queue, n):
    connection, base, done = connect(url), f"/api/v1/queues/{queue}", 0
    lines = "".join(f'{{"command":"command {i}","priority":{int(i % 10 == 0)}}}\n' for i in range(int(n)))
    call(connection, token, "POST", f"{base}/tasks", lines, "application/x-ndjson")
    while done < int(n) // 10:
        tasks = call(connection, token, "POST", f"{base}/claim", json.dumps({"worker": "w", "max": min(1000, int(n) // 10 - done)}))["tasks"]
        results = [{"lease": task["lease"], "exitcode": 3, "message": "it did not go well"} for task in tasks]
        call(connection, token, "POST", f"{base}/finish", json.dumps({"worker": "w", "results": results}))
        done += len(tasks)
    print(json.dumps({"failed": done}))


def read(url, token, path):
    connection, began = connect(url), time.monotonic()
    answer = ask(connection, token, "GET", path)
    first = answer.read(1)
    first_ms = (time.monotonic() - began) * 1000
    tasks = json.loads(first + answer.read())
    states = {}
    for task in tasks:
        states[task["state"]] = states.get(task["state"], 0) + 1
    rise = all(a["id"] < b["id"] for a, b in zip(tasks, tasks[1:]))
    print(json.dumps({"tasks": len(tasks), "states": states, "ids_rise": rise, "first_ms": round(first_ms, 1),
                      "seconds": round(time.monotonic() - began, 2)}))


def slow(url, token, path, seconds):
    answer = ask(connect(url), token, "GET", path)
    answer.read(100)
    print("reading", flush=True)
    time.sleep(float(seconds))


def claims(connection, token, queue, seconds):
    """How long each of a row of claims takes, while there is work."""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        call(connection, token, "POST", f"/api/v1/queues/{queue}/claim", '{"worker":"w"}')
        took.append((time.monotonic() - began) * 1000)
    took.sort()
    return {"p50_ms": round(took[len(took) // 2], 2), "p99_ms": round(took[len(took) * 99 // 100], 2), "claims": len(took)}


def read_without_end(url, token, path, over):
    while not over.is_set():
        connection = connect(url)
        answer = ask(connection, token, "GET", path)
        while not over.is_set() and answer.read(65536):
            pass
        connection.close()


def readers(url, token, path, n, over):
    threads = [threading.Thread(target=read_without_end, args=(url, token, path, over)) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def beside(url, token, queue, path, n, seconds):
    """The readers are a process of their own, so that they are in nobody's way but the server's."""
    connection, over = connect(url), multiprocessing.Event()
    others = multiprocessing.Process(target=readers, args=(url, token, path, int(n), over))
    others.start()
    among = claims(connection, token, queue, float(seconds))
    over.set()
    others.join()
    print(json.dumps({"with": among, "without": claims(connection, token, queue, float(seconds))}))


{"fill": fill, "read": read, "slow": slow, "beside": beside}[sys.argv[1]](*sys.argv[2:])
