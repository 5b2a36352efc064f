"""The real server, started, killed and started again, with its clock and disk in our hands; and a client that sends again what
was not answered."""
import http.client
import json
import os
import resource
import subprocess
import time

QUEUE = "/api/v1/queues/q"


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


def p(times, part):
    """The value below which that part of the times lies."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


class Server:
    """`docket serve` on a directory: started, killed, started again. files: how many descriptors it may have. environ: for the
    libraries put under it."""

    def __init__(self, docket, data, files=None, environ=None):
        self.docket, self.data, self.files, self.environ = docket, data, files, environ or {}
        self.process, self.kills, self.listen = None, 0, "127.0.0.1:0"

    def launch(self):
        place = os.path.join(self.data, "server")
        if os.path.exists(place):
            os.remove(place)

        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))

        with open(self.data.rstrip("/") + ".log", "ab") as log:
            self.process = subprocess.Popen([self.docket, "serve", "--data", self.data, "--listen", self.listen],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=os.environ | self.environ, preexec_fn=limit if self.files else None)

    def start(self):
        self.launch()
        wait_for(lambda: self.process.poll() is not None or self.ready(), 30, "the server")
        check(self.process.poll() is None, f"the server ended with {self.process.returncode} instead of starting")
        self.listen = self.address()  # the same one when it is started again

    def ready(self):
        try:
            return Client(self).once("GET", "/healthz")[0] in (200, 503)
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.kills += 1

    def stop(self):
        self.process.terminate()
        check(self.process.wait(30) == 0, f"the server stopped with {self.process.returncode}")

    def left(self):
        """It ends by itself; with what?"""
        return self.process.wait(30)

    def up(self):
        return self.process is not None and self.process.poll() is None

    def address(self):
        with open(os.path.join(self.data, "server")) as f:
            return json.load(f)["url"].rstrip("/").removeprefix("http://")

    def token(self):
        with open(os.path.join(self.data, "token")) as f:
            return f.read().strip()

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def log(self):
        with open(self.data.rstrip("/") + ".log", errors="replace") as f:
            return f.read()


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

    def must(self, status, method, path, body=None, kind="application/json"):
        """The answer, which has this status."""
        got, answer = self.ask(method, path, body, kind)
        check(got == status, f"{method} {path}: {got} {answer}, not {status}")
        return answer

    # What the trials ask most.
    def add(self, tasks):
        return self.must(201, "POST", QUEUE + "/tasks", {"tasks": tasks})["ids"]

    def claim(self, worker, most=1, **more):
        return self.must(200, "POST", QUEUE + "/claim", {"worker": worker, "max": most} | more)["tasks"]

    def finish(self, worker, tasks, **more):
        results = [{"lease": t["lease"], "exitcode": 0} | more for t in tasks]
        return [r["outcome"] for r in self.must(200, "POST", QUEUE + "/finish", {"worker": worker, "results": results})["results"]]

    def renew(self, worker, tasks):
        leases = [t["lease"] for t in tasks]
        return self.must(200, "POST", QUEUE + "/renew", {"worker": worker, "leases": leases})["leases"]

    def counts(self):
        return {state: n for state, n in self.must(200, "GET", QUEUE)["counts"].items() if n}
