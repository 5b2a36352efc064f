"""A runner of tables, call by call as the one that research groups have: for every table it asks for work, solves it (a stub inside does),
hands in the whole package with what it found, then what it noted on the way; whatever goes wrong is handed in as an error. Every call
is a connection of its own, sends its credentials unasked, says no type of its body and waits as long as it takes. Anything but 200 on
getWork is the end of the work.

    runner.py URL USER:PASSWORD [OPTION…]

    --crowd N        N runners, each a process of its own, and one that ends because the server went away is begun again
    --kill N         so many of them are killed, one after the other, each while it holds a table
    --poison TEXT    tables whose name holds it cannot be solved
    --poison-once    … the first time that this runner tries
    --gap TEXT       in tables whose name holds it the last target stays unmapped, and an error is told of that
    --old            cea and cta in the notation of old
    --told FILE      every status the server answers, a line each: CALL TABLE STATUS
    --held FILE      the tables that killed runners held, a line each

It prints how many tables were stored, and ends with 0 once nothing is left.
"""
import argparse
import base64
import http.client
import json
import os
import random
import signal
import socket
import sys
import time
import traceback
import urllib.parse
import uuid

PREFIX = 'http://www.wikidata.org/entity/'
MOST_OF_ERROR = 2 * 1024 * 1024
OVER, SERVER_GONE = 0, 3


def own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(('10.255.255.255', 1))
            return s.getsockname()[0]
        except OSError:
            return '127.0.0.1'


class Solver:
    """What is found in a cell is made of its place, so that whoever solves a table finds the same."""

    def __init__(self, o):
        self.o, self.tried = o, set()

    def solve(self, work):
        name, targets = work['name'], work['targets']
        again, _ = name in self.tried, self.tried.add(name)
        if self.o.poison and self.o.poison in name and not (self.o.poison_once and again):
            raise ValueError(f'cannot solve {name}')
        found = {
            'cea': [{'row_id': t['row_id'], 'col_id': t['col_id'], 'mapped': f'{PREFIX}Q{1000 * t["row_id"] + t["col_id"] + 1}'}
                    for t in targets['cea']],
            'cta': [{'col_id': t['col_id'], 'mapped': f'{PREFIX}Q{t["col_id"] + 7}'} for t in targets['cta']],
            'cpa': [{'subj_id': t['sub_id'], 'obj_id': t['obj_id'], 'mapped': f'P{t["sub_id"]}{t["obj_id"]}'} for t in targets['cpa']],
            'errors': [], 'checkpoints': [], 'audit': [],
        }
        if self.o.gap and self.o.gap in name:
            found['cea'][-1]['mapped'] = None
            found['errors'] = ['no candidate', 'for the last cell']
        if work['analyze']:
            found['checkpoints'] = [{'cea': [], 'cpa': [], 'cta': []}]
        if work['audit']:
            found['audit'] = [{'task': 'CEA', 'step': 'creation', 'method': 'default', 'tablename': name, 'approach': 'Solver',
                               'solved_cnt': len(found['cea']), 'remaining': [], 'remaining_cnt': 0, 'timestamp': time.time()}]
        if self.o.old:
            found['cea'] = {f'{c["row_id"]},{c["col_id"]}': c['mapped'] for c in found['cea']}
            found['cta'] = {str(c['col_id']): c['mapped'] for c in found['cta']}
        return found


class Manager:
    """Its calls, each a connection."""

    def __init__(self, o):
        self.url, self.o = urllib.parse.urlsplit(o.url), o
        self.client = f'{own_address()} - {uuid.uuid4()}'
        self.basic = 'Basic ' + base64.b64encode(o.credentials.encode()).decode()

    def call(self, method, call, table=None, body=None):
        """Its status, and its body."""
        path = f'{self.url.path.rstrip("/")}/{call}'
        if table is not None:
            path += '/' + urllib.parse.quote(table, safe="!$&'()*+,:;=@[]~") + '/'
        c = http.client.HTTPConnection(self.url.hostname, self.url.port)
        c.request(method, f'{path}?client={urllib.parse.quote_plus(self.client)}', body,
                  {'User-Agent': 'python-requests/2.28.1', 'Accept-Encoding': 'gzip, deflate', 'Accept': '*/*', 'Connection': 'keep-alive',
                   'Authorization': self.basic, 'Content-Length': str(len(body or b''))})
        answer = c.getresponse()
        text = answer.read()
        c.close()
        if self.o.told:
            with open(self.o.told, 'a') as f:
                f.write(f'{call} {table or "-"} {answer.status}\n')
        return answer.status, text

    def get_work(self):
        status, text = self.call('POST', 'getWork')
        return json.loads(text) if status == 200 else None

    def store_result(self, table, work):
        return self.call('PUT', 'storeResult', table, json.dumps(work).encode())[0] == 200

    def store_error(self, table):
        return self.call('PUT', 'storeError', table, traceback.format_exc()[-MOST_OF_ERROR:].encode())[0] == 200

    def store_analysis(self, table, checkpoints):
        return self.call('PUT', 'storeAnalysisData', table, json.dumps(checkpoints).encode())[0] == 200

    def audit(self, records):
        return self.call('POST', 'audit_lst', None, json.dumps(records).encode())[0] == 200


def one_table(manager, solver, work):
    """Did the manager take its result?"""
    name = work['name']
    try:
        solution = solver.solve(work)
        for part in ('cea', 'cta', 'cpa', 'errors'):
            work[part] = solution[part]
        stored = manager.store_result(name, work)
        if work['analyze'] and solution['checkpoints']:
            manager.store_analysis(name, solution['checkpoints'])
        if work['audit'] and solution['audit']:
            manager.audit(solution['audit'])
        return stored
    except Exception:
        manager.store_error(name)
        return False


def run(o, on_work=lambda name: None):
    manager, solver, stored = Manager(o), Solver(o), 0
    while work := manager.get_work():
        on_work(work['name'])
        stored += one_table(manager, solver, work)
    return stored


class Crowd:
    """Many of them. A runner that is to be killed writes which table it got, and waits for it: so it dies where it hurts."""

    def __init__(self, o):
        self.o, self.pids, self.killed = o, {}, 0
        self.reading, self.writing = os.pipe()
        self.gate = os.pipe()  # closed once all are there

    def begin(self, doomed):
        """A process like any other, but for who is its father."""
        patience = random.randrange(1, 3)  # tables it stores before it is killed
        pid = os.fork()
        if pid:
            self.pids[pid] = doomed
            return
        if self.gate:
            os.close(self.gate[1])
            os.read(self.gate[0], 1)
        try:
            run(self.o, self.wait_for_death(patience) if doomed else lambda name: None)
            os._exit(OVER)
        except (OSError, http.client.HTTPException):
            os._exit(SERVER_GONE)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    def wait_for_death(self, patience):
        seen = []

        def on_work(name):
            seen.append(name)
            if len(seen) >= patience:
                with open(self.o.held, 'a') as f:
                    f.write(name + '\n')
                os.write(self.writing, f'{os.getpid():08}'.encode())
                signal.pause()
        return on_work

    def kill_next(self):
        os.kill(int(os.read(self.reading, 8)), signal.SIGKILL)
        self.killed += 1

    def run(self):
        doomed = set(random.sample(range(self.o.crowd), self.o.kill))
        for n in range(self.o.crowd):
            self.begin(n in doomed)
        os.close(self.gate[1])
        self.gate = None
        for _ in doomed:
            self.kill_next()
        failed = 0
        while self.pids:
            pid, status = os.wait()
            was_doomed = self.pids.pop(pid)
            code = os.waitstatus_to_exitcode(status)
            if code == SERVER_GONE:
                time.sleep(0.2)  # whoever keeps runners alive waits a little
                self.begin(False)
            elif code != (-signal.SIGKILL if was_doomed else OVER):
                failed += 1
        return failed


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument('url')
    options.add_argument('credentials')
    for name, kind in (('crowd', int), ('kill', int), ('poison', str), ('gap', str), ('told', str), ('held', str)):
        options.add_argument(f'--{name}', type=kind, default=0 if kind is int else None)
    options.add_argument('--poison-once', action='store_true')
    options.add_argument('--old', action='store_true')
    o = options.parse_args()
    if o.crowd:
        return Crowd(o).run()
    print(run(o))
    return 0


if __name__ == '__main__':
    sys.exit(main())
