"""Long operations beside claims: cancel, rerun and delete of many tasks while 64 workers claim, each killed -9 in the middle.

  python3 bench/long_work.py --docket BIN --cycles BIN [--tasks N] [--dir DIR] [--pause MS]

Makes a server on DIR, a queue with N tasks and one that the workers work off. For each of the three: the workers begin, the
operation is asked for, the server is killed when about half of it is done and started again, and it is waited for.
Prints a line each, and ends with 1 where the 99th percentile of a claim was 20 ms or more, or a task was missed.
"""
import argparse
import http.client
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

LIMIT_MS = 20
WORKERS = 64


class Server:
    def __init__(self, docket, folder):
        self.docket, self.folder = docket, pathlib.Path(folder)
        self.process = self.url = None
        self.listen = '127.0.0.1:0'

    def start(self):
        (self.folder / 'server').unlink(missing_ok=True)
        self.process = subprocess.Popen([self.docket, 'serve', '--data', self.folder, '--listen', self.listen],
                                        stdout=subprocess.DEVNULL)
        while not (self.folder / 'server').exists() or not (self.folder / 'server').read_text().strip():
            if self.process.poll() is not None:
                raise SystemExit(f'the server ended with {self.process.returncode}')
            time.sleep(0.02)
        self.url = json.loads((self.folder / 'server').read_text())['url'].rstrip('/')
        self.listen = self.url.removeprefix('http://')
        self.token = (self.folder / 'token').read_text().strip()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f'{self.url}/api/v1/{path}', method=method,
                                         data=None if body is None else json.dumps(body).encode())
        request.add_header('Authorization', f'Bearer {self.token}')
        request.add_header('Content-Type', 'application/json')
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def fill(self, queue, count):
        """As one stream of lines."""
        def lines():
            for first in range(1, count + 1, 2000):
                yield ''.join(f'{{"command":"true {n}"}}\n' for n in range(first, min(first + 2000, count + 1))).encode()
        connection = http.client.HTTPConnection(self.listen)
        connection.request('POST', f'/api/v1/queues/{queue}/tasks', lines(), encode_chunked=True, headers={
            'Authorization': f'Bearer {self.token}', 'Content-Type': 'application/x-ndjson', 'Transfer-Encoding': 'chunked'})
        answer = json.load(connection.getresponse())
        if answer.get('added') != count:
            raise SystemExit(f'{queue} was not filled: {answer}')


def done(server):
    """How many tasks the operation has changed so far; None once it has ended."""
    open_ones = server.ask('GET', 'queues/big')['operations']
    return open_ones[0]['done'] if open_ones else None


def run(server, cycles, verb, tasks, pause):
    load = subprocess.Popen([cycles, 'docket', server.listen, 'work', str(WORKERS), '86400', '--token', server.folder / 'token',
                             '--pause', str(pause)], stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    before, began = server.ask('GET', 'queues/big')['counts'], time.monotonic()
    server.ask('POST', f'queues/big/{verb}', {})
    while (so_far := done(server)) is not None and so_far < tasks / 2:
        time.sleep(0.2)
    server.kill()
    server.start()
    resumed = done(server)
    while done(server) is not None:
        time.sleep(0.2)
    seconds = time.monotonic() - began
    load.terminate()
    latency = json.loads(load.communicate()[0])
    after = server.ask('GET', 'queues/big')['counts']
    left = {'cancel': tasks - after['killed'], 'rerun': tasks - after['pending'], 'delete': sum(after.values())}[verb]
    print(f'{verb:7} {tasks:>10,} tasks  {seconds:7.1f} s  {tasks / seconds:>8,.0f}/s   killed at {so_far or tasks:,}, went on at '
          f'{resumed or tasks:,}, {left} missed   claims: p50 {latency["p50_ms"]:.2f} ms  p99 {latency["p99_ms"]:.2f} ms  '
          f'longest {latency["max_ms"]:.0f} ms  {latency["requests"] / latency["seconds"]:,.0f}/s', flush=True)
    return left == 0 and latency['p99_ms'] < LIMIT_MS and sum(before.values()) == tasks


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--docket', required=True)
    options.add_argument('--cycles', required=True)
    options.add_argument('--tasks', type=int, default=10_000_000)
    options.add_argument('--dir')
    options.add_argument('--pause', type=int, default=20, help='what a task takes, ms')
    o = options.parse_args()
    folder = tempfile.mkdtemp(prefix='docket-long-', dir=o.dir)
    server = Server(o.docket, folder)
    server.start()
    try:
        began = time.monotonic()
        server.fill('big', o.tasks)
        server.fill('work', max(200_000, o.tasks // 6))
        seconds = time.monotonic() - began
        print(f'added in {seconds:.0f} s, {(o.tasks + max(200_000, o.tasks // 6)) / seconds:,.0f}/s; {WORKERS} workers, a task takes '
              f'{o.pause} ms', flush=True)
        good = [run(server, o.cycles, verb, o.tasks, o.pause) for verb in ('cancel', 'rerun', 'delete')]
        server.stop()
    finally:
        if server.process.poll() is None:
            server.kill()
        shutil.rmtree(folder)
    raise SystemExit(0 if all(good) else 1)


main()
