"""What of qdo's web API the module needs, before a docket that does not have it yet: qdo_stub.py URL TOKEN-FILE. Passes everything else on; prints
its own URL."""
import http.server
import json
import re
import sys
import urllib.error
import urllib.request

URL, TOKEN = sys.argv[1], open(sys.argv[2]).read().strip()
EVENTS = {("running", "pending"): "recover", ("succeeded", "pending"): "rerun", ("failed", "pending"): "rerun", ("killed", "pending"): "revive",
          ("waiting", "killed"): "cancel", ("pending", "killed"): "cancel", ("running", "killed"): "cancel"}


def ask(method, path, body=None, headers=None):
    request = urllib.request.Request(URL + path, data=body, method=method, headers=headers or {
        "Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers["Content-Type"], e.read()


def refusal(status, code, detail):
    return status, "application/problem+json", json.dumps({"status": status, "code": code, "detail": detail}).encode()


class Stub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        put = re.fullmatch(r"/users/([^/]+)/queues/([^/]+)/tasks/(\d+)", self.path)
        if put and self.command == "PUT":
            status, kind, data = self.change(put[2], int(put[3]), json.loads(body))
        elif self.path.endswith("/launch"):
            status, kind, data = refusal(501, "no_site", "there is no site to launch at")
        else:
            kept = {k: v for k, v in self.headers.items() if k.lower() in ("authorization", "content-type")}
            status, kind, data = ask(self.command, self.path, body or None if self.command in ("GET", "DELETE") else body, kept)
        self.send_response(status)
        self.send_header("Content-Type", kind or "")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = answer

    def change(self, queue, task, wanted):
        status, kind, data = ask("GET", f"/api/v1/tasks/{task}")
        if status != 200:
            return status, kind, data
        now, to = json.loads(data)["state"], wanted["state"].lower()
        if now == to:
            return 200, "application/json", data
        if (now, to) not in EVENTS:
            return refusal(409, "task_state", f"a task that is {now} cannot become {to}")
        return ask("POST", f"/api/v1/queues/{queue}/{EVENTS[now, to]}", json.dumps({"ids": [task]}).encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
server.daemon_threads = True
print("http://127.0.0.1:%d" % server.server_address[1], flush=True)
server.serve_forever()
