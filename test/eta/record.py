"""Records how queues were worked off, a line each, for eta_test. Standard library only.

    record.py real DOCKET SEED COUNT [AT-ONCE]      docket itself: serve, load, work, with commands that sleep
    record.py simulated SEED COUNT                  the same scheduling on paper, for spans of minutes to days

Both draw plans from SEED: the n-th is of the n-th kind in turn. A line is described in README.md.
"""
import concurrent.futures
import dataclasses
import heapq
import http.client
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from datetime import datetime

KINDS = ("equal", "unequal", "changing")


@dataclasses.dataclass
class Plan:
    """What is to happen. Times in seconds; a change is (at, jobs that join) or (at, -group, how it leaves)."""
    kind: str
    words: str
    durations: list
    changes: list
    lease: float


# ---- drawing plans


def draw_equal(rng, n):
    jitter = rng.choice((0, 0.01, 0.05))
    return f"equal±{jitter:.0%}", [max(0.1, rng.gauss(1, jitter)) for _ in range(n)]


def draw_uniform(rng, n):
    return "uniform", [rng.uniform(0.2, 1.8) for _ in range(n)]


def draw_lognormal(rng, n):
    s = rng.choice((0.5, 0.8, 1.2))
    return f"lognormal-{s}", [rng.lognormvariate(-s * s / 2, s) for _ in range(n)]


def draw_bimodal(rng, n):
    share, times = rng.choice((0.05, 0.1, 0.3)), rng.choice((5, 10))
    short = 1 / (1 - share + share * times)
    return f"bimodal-{share}x{times}", [short * (times if rng.random() < share else 1) for _ in range(n)]


UNEQUAL = (draw_uniform, draw_lognormal, draw_lognormal, draw_bimodal)


def draw_changes(rng, workers, span):
    """Groups of workers that join and leave at random moments; at least one stays, so that the end comes."""
    shape = rng.choice(("ramp", "loss", "churn", "churn"))
    latest = 0.1 if shape == "loss" else 1.0
    joins = sorted(rng.uniform(0, latest) * span for _ in range(rng.randint(1, 6)))
    changes = [(0.0, max(1, workers // (8 if shape == "ramp" else 2)))]
    changes += [(at, rng.randint(1, max(1, workers // 2))) for at in joins]
    if shape != "ramp":
        changes += [(at + rng.uniform(0.1, 1.2) * span, -group, rng.choice(("stop", "stop", "kill")))
                    for group, at in enumerate(joins, 1)]
    return shape, sorted(changes)


def draw(seed, number, span_of):
    """The number-th plan of a seed; span_of(rng) is how long it should take, in seconds."""
    rng = random.Random(f"{seed}.{number}")
    kind = KINDS[number % len(KINDS)]
    workers = rng.choice((1, 2, 4, 8, 8, 12, 16))
    n = max(100, min(400, workers * rng.randint(8, 80)))
    if kind == "changing":
        workers = max(4, workers)
        words, durations = rng.choice((draw_equal, draw_uniform, draw_lognormal))(rng, n)
    else:
        words, durations = (draw_equal if kind == "equal" else rng.choice(UNEQUAL))(rng, n)
    span = span_of(rng)
    unit = span * workers / n
    changes = [(0.0, workers)]
    if kind == "changing":
        shape, changes = draw_changes(rng, workers, span)
        words += "," + shape
    return Plan(kind, words, [d * unit for d in durations], changes, max(2, min(60, span / 10)))


# ---- docket itself


class Server:
    def __init__(self, docket, data):
        self.docket = docket
        self.env = dict(os.environ, DOCKET_DATA=data)
        self.process = subprocess.Popen([docket, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        place = os.path.join(data, "server")
        while not os.path.exists(place):
            if self.process.poll() is not None:
                sys.exit("the server ended")
            time.sleep(0.05)
        with open(place) as file:
            self.address = urllib.parse.urlparse(json.load(file)["url"]).netloc
        with open(os.path.join(data, "token")) as file:
            self.headers = {"Authorization": "Bearer " + file.read().strip()}

    def verb(self, *args, text=None):
        subprocess.run([self.docket, *args], env=self.env, input=text, text=True, check=True,
                       stdout=subprocess.DEVNULL)

    def work(self, queue, jobs):
        return subprocess.Popen([self.docket, "work", queue, "-j", str(jobs), "--quiet"], env=self.env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def attempts(self, queue):
        """(claimed, begun, over, whether the task ended with it) of every attempt, in ms. Commands tell when they began;
        of those that were cut off it is not known."""
        c = http.client.HTTPConnection(self.address)

        def get(path):
            c.request("GET", "/api/v1" + path, headers=self.headers)
            return json.load(c.getresponse())

        for task in get(f"/queues/{queue}/tasks?limit=1000")["tasks"]:
            said = get(f"/tasks/{task['id']}/output")["stdout"]
            for a in get(f"/tasks/{task['id']}")["attempts"]:
                claimed, over, ended = to_ms(a["started"]), to_ms(a["finished"]), a["outcome"] == "succeeded"
                begun = min(max(claimed, int(said)), over) if ended else claimed
                yield claimed, begun, over, ended


def to_ms(moment):
    return round(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() * 1000)


def play(server, queue, changes):
    """Starts and ends workers as planned until nothing is left."""
    start, groups = time.monotonic(), []
    waiting = subprocess.Popen([server.docket, "wait", queue], env=server.env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    for at, who, *how in changes:
        while waiting.poll() is None and time.monotonic() < start + at:
            time.sleep(0.005)
        if waiting.poll() is not None:
            break
        if who > 0:
            groups.append(server.work(queue, who))
        else:
            groups[-who].send_signal(signal.SIGKILL if how == ["kill"] else signal.SIGTERM)
    waiting.wait()
    for process in groups:
        process.terminate()
    for process in groups:
        process.wait()


def record_real(server, seed, number):
    plan = draw(seed, number, lambda rng: rng.uniform(6, 15))
    queue = f"{plan.kind}-{number}"
    server.verb("create", queue, "--lease", f"{plan.lease}s", "--max-crashes", "100")
    server.verb("load", queue, "-", text="".join(f"date +%s%3N; exec sleep {d:.4f}\n" for d in plan.durations))
    play(server, queue, plan.changes)
    return line(plan, "docket", list(server.attempts(queue)))


def record_all_real(docket, seed, count, at_once):
    with tempfile.TemporaryDirectory() as data, concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        server = Server(docket, data)
        try:
            for text in pool.map(lambda n: record_real(server, seed, n), range(count)):
                print(text, flush=True)
        finally:
            server.process.terminate()
            server.process.wait()


# ---- on paper


class Paper:
    """Each job of a group takes the first pending task; what a leaving group runs is pending again: at once if it was
    told to stop, after the lease if it was killed."""

    def __init__(self, plan):
        self.plan, self.attempts, self.ended = plan, [], 0
        self.pending = list(range(len(plan.durations) - 1, -1, -1))
        self.groups, self.events, self.free = [], [], []
        for i, change in enumerate(plan.changes):
            self.push(change[0], "change", i)

    def push(self, at, what, about):
        heapq.heappush(self.events, (at, len(self.attempts), what, about))

    def run(self):
        while self.ended < len(self.plan.durations):
            now, _, what, about = heapq.heappop(self.events)
            getattr(self, what)(now, about)
            while self.free and self.pending:
                self.take(now, self.free.pop(0))
        return self.attempts

    def change(self, now, i):
        _, who, *how = self.plan.changes[i]
        if who > 0:
            self.groups.append({"here": True, "runs": set()})
            self.free += [len(self.groups) - 1] * who
        else:
            group = self.groups[-who]
            group["here"] = False
            self.free = [g for g in self.free if g != -who]
            for attempt in sorted(group["runs"]):
                self.push(now + (self.plan.lease if how == ["kill"] else 0), "lose", attempt)

    def take(self, now, group):
        task = self.pending.pop()
        number = len(self.attempts)
        self.attempts.append([now, None, False, task, group])
        self.groups[group]["runs"].add(number)
        self.push(now + self.plan.durations[task], "end", number)

    def end(self, now, number):
        _, end, _, _, group = self.attempts[number]
        if not self.groups[group]["here"]:
            return
        self.groups[group]["runs"].discard(number)
        self.attempts[number][1:3] = now, True
        self.ended += 1
        self.free.append(group)

    def lose(self, now, number):
        self.attempts[number][1] = now
        self.pending.append(self.attempts[number][3])


def record_simulated(seed, number):
    plan = draw(seed, number, lambda rng: math.exp(rng.uniform(math.log(10), math.log(30 * 86400))))
    attempts = Paper(plan).run()
    last = max(a[1] for a in attempts if a[2])
    return line(plan, "simulated", [(round(a[0] * 1000), round(a[0] * 1000), round((a[1] or last) * 1000), a[2])
                                    for a in attempts])


# ---- writing


def line(plan, source, attempts):
    attempts.sort()
    before, words = attempts[0][0], []
    for claimed, begun, over, ended in attempts:
        words.append(f"{claimed - before}+{begun - claimed}+{over - begun}{'' if ended else 'x'}")
        before = claimed
    return f"{plan.kind} {source} {plan.words} {len(plan.durations)} {' '.join(words)}"


def main():
    if len(sys.argv) in (5, 6) and sys.argv[1] == "real":
        record_all_real(sys.argv[2], sys.argv[3], int(sys.argv[4]), int((sys.argv[5:] or ["8"])[0]))
    elif len(sys.argv) == 4 and sys.argv[1] == "simulated":
        for number in range(int(sys.argv[3])):
            print(record_simulated(sys.argv[2], number))
    else:
        sys.exit(__doc__)


main()
