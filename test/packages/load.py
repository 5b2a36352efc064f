"""Clients that add, claim and finish until the server stops, and what they were told: load.py work DATA LEDGER;
and whether a server still knows all of it: load.py verify DATA LEDGER."""
import http.client
import json
import pathlib
import sys
import threading
import urllib.parse

CLIENTS, AT_ONCE = 8, 5


class Server:
    def __init__(self, data):
        url = urllib.parse.urlparse(json.loads((data / "server").read_text())["url"])
        self.token = (data / "token").read_text().strip()
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)

    def ask(self, method, path, body=None):
        """The answer; None where there is none any more."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            self.connection.request(method, "/api/v1" + path, body and json.dumps(body), headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        if answer.status == 503:
            return None
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text)


def rounds(server, name, added, finished):
    """Adds, claims and hands in, and notes what was acknowledged, until nobody answers."""
    while True:
        answer = server.ask("POST", "/queues/q/tasks", {"tasks": [{"command": name}] * AT_ONCE})
        if answer is None:
            return
        added += answer["ids"]
        claimed = server.ask("POST", "/queues/q/claim", {"worker": name, "max": AT_ONCE - 1})
        if claimed is None:
            return
        tasks = {task["lease"]: task["id"] for task in claimed["tasks"]}
        results = [{"lease": lease, "exitcode": 0} for lease in tasks]
        answer = server.ask("POST", "/queues/q/finish", {"worker": name, "results": results}) if results else {"results": []}
        if answer is None:
            return
        finished += [tasks[result["lease"]] for result in answer["results"] if result["outcome"] == "accepted"]


def work(data, ledger):
    added, finished = [], []
    threads = [threading.Thread(target=rounds, args=(Server(data), f"w{i}", added, finished)) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.write_text(json.dumps({"added": added, "finished": finished}))


def states(server):
    known, cursor = {}, ""
    while cursor is not None:
        page = server.ask("GET", "/queues/q/tasks?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        known.update((task["id"], task["state"]) for task in page["tasks"])
        cursor = page["next"]
    return known


def verify(data, ledger):
    known, told = states(Server(data)), json.loads(ledger.read_text())
    lost = [i for i in told["added"] if i not in known]
    undone = [i for i in told["finished"] if known.get(i) != "succeeded"]
    print(f"{len(told['added'])} added, {len(told['finished'])} finished; lost {lost[:5]}, undone {undone[:5]}")
    return not lost and not undone and len(told["finished"]) > 100


if __name__ == "__main__":
    does = {"work": work, "verify": verify}[sys.argv[1]]
    sys.exit(does(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])) is False)
