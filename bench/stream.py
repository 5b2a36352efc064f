"""A stream of lines with claims beside it: how fast, how large the server grows, how long a claim takes.

    bench/stream.py [--docket build/src/cli/docket] [--lines 1000000] [--keys]

Starts a server of its own, streams the lines as one chunked body, while a worker on another connection claims and
finishes as fast as it is answered, one task at a time. Prints one line of figures a measure.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import re
import subprocess
import tempfile
import threading
import time


class Server:
    def __init__(self, docket, data):
        self.process = subprocess.Popen([docket, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        line = self.process.stdout.readline().decode()
        self.port = int(re.search(r"127\.0\.0\.1:(\d+)", line).group(1))
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        with open(os.path.join(data, "token")) as f:
            self.token = f.read().strip()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def headers(self, media="application/json"):
        return {"Authorization": f"Bearer {self.token}", "Content-Type": media}

    def peak_mib(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"VmHWM:\s*(\d+)", f.read()).group(1)) / 1024

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def ask(connection, server, method, path, body=None):
    connection.request(method, path, json.dumps(body) if body is not None else None, server.headers())
    answer = connection.getresponse()
    return json.loads(answer.read())


def lines(count, keys, each=2000):
    for first in range(1, count + 1, each):
        last = min(first + each, count + 1)
        if keys:
            yield "".join(f'{{"command":"echo {i}","key":"k{i * 2654435761 % 2**32:08x}"}}\n' for i in range(first, last)).encode()
        else:
            yield "".join(f'{{"command":"echo {i}"}}\n' for i in range(first, last)).encode()


def claim_beside(server, stop, out):
    """In a process of its own, so that the stream's sender does not hold it up."""
    connection, done, times = server.connect(), [], []
    while not stop.is_set():
        start = time.monotonic()
        body = {"worker": "w", "claim": 1, "results": [{"lease": lease, "exitcode": 0} for lease in done]}
        answer = ask(connection, server, "POST", "/api/v1/queues/q/finish", body)
        times.append(time.monotonic() - start)
        done = [task["lease"] for task in answer.get("tasks", [])]
        time.sleep(0 if done else 0.001)
    out.put(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--docket", default="build/src/cli/docket")
    parser.add_argument("--lines", type=int, default=1000000)
    parser.add_argument("--keys", action="store_true")
    o = parser.parse_args()
    pieces = list(lines(o.lines, o.keys))
    with tempfile.TemporaryDirectory() as data:
        server = Server(o.docket, data)
        ask(server.connect(), server, "PUT", "/api/v1/queues/q", {})
        stop, out = multiprocessing.Event(), multiprocessing.Queue()
        beside = multiprocessing.Process(target=claim_beside, args=(server, stop, out))
        beside.start()
        connection, start = server.connect(), time.monotonic()
        connection.request("POST", "/api/v1/queues/q/tasks", iter(pieces), server.headers("application/x-ndjson"),
                           encode_chunked=True)
        answer = json.loads(connection.getresponse().read())
        took = time.monotonic() - start
        stop.set()
        times = out.get()
        beside.join()
        peak, cpu = server.peak_mib(), server.cpu_seconds()
        server.stop()
    times.sort()
    assert answer["added"] == o.lines and answer["error"] is None, answer
    print(f"lines streamed   {o.lines} in {took:.1f} s: {o.lines / took:,.0f} tasks/s")
    print(f"server's peak    {peak:.0f} MiB; its CPU time {cpu:.1f} s: {cpu / o.lines * 1e6:.1f} us a line")
    print(f"claims beside    {len(times)}: p50 {times[len(times) // 2] * 1000:.1f} ms, p99 "
          f"{times[len(times) * 99 // 100] * 1000:.1f} ms, slowest {times[-1] * 1000:.1f} ms")


if __name__ == "__main__":
    main()
