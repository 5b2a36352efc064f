"""Where the time of a cycle goes: in the server by library and function, in calls of the system, in statements of SQLite."""
import collections
import re
import signal
import subprocess

from lab import Failure, settle
from servers import Docket

CONNECTIONS, SAMPLES_A_SECOND, FUNCTIONS_MAX = 64, 2999, 40
LIBRARY_LEAST, FUNCTION_LEAST, STATEMENT_LEAST = 0.5, 0.8, 0.01  # what is less is left out: %, %, a cycle
MOST_A_SECOND = 100_000
ANSWERS = {'sendmsg', 'sendto', 'writev', 'write'}  # how an answer may leave
TITLE = 'where the time of a cycle goes (one request a cycle, 64 connections)'


class Counted(Docket):
    """docket with its statements counted instead of its syncs, once it is filled."""

    def __init__(self, lab):
        super().__init__(lab)
        self.statements, self.counting = lab.path('statements'), False

    def env(self):
        count = {'LD_PRELOAD': str(self.lab.tool('statement_count.so')), 'STATEMENT_COUNT': str(self.statements)}
        return count if self.counting else super().env()

    def fill(self, count):
        super().fill(count)
        self.stop()
        self.counting = True
        self.start()


def table(head, rows):
    return '\n'.join([f'| {" | ".join(head)} |', '|---|' + '--:|' * (len(head) - 1)] + [f'| {" | ".join(row)} |' for row in rows])


def work(lab, seconds, server_class=Docket, watcher=None):
    """Workers for so long, with a program that watches the server meanwhile: what the load did, µs of the server a cycle, and
    the watcher's words."""
    with server_class(lab) as server:
        server.fill(int(MOST_A_SECOND * (seconds + 3)))
        settle()
        before = server.process.cpu_seconds()
        load = lab.load(server.load(CONNECTIONS, seconds + (1 if watcher else 0)))
        process = lab.start(watcher(server.process.popen.pid), lab.load_core) if watcher else None
        found = lab.result(load)
        found['cpu_us'] = (server.process.cpu_seconds() - before) / found['cycles'] * 1e6
        if process:
            process.stop(signal.SIGINT)
            found['words'] = process.log.read_text()
        server.stop()
        found['statements'] = server.statements.read_text() if server_class is Counted else ''
    return found


def shares(data, key):
    """(share, name) of perf's samples."""
    said = subprocess.run(['perf', 'report', '-i', data, '--stdio', '--sort', key, '-g', 'none'], capture_output=True, text=True)
    found = re.findall(r'^ *([\d.]+)% +(.+?) *$', said.stdout, re.M)
    return [(float(share), re.sub(r'\s+', ' ', name)) for share, name in found]


def by_function(lab, part, o, cpu_us):
    data = lab.path('perf.data')
    record = ['perf', 'record', '-q', '-e', 'cpu-clock', '-F', SAMPLES_A_SECOND, '-o', data, '-p']
    found = work(lab, o.seconds, watcher=lambda pid: [*record, pid, '--', 'sleep', o.seconds])
    libraries = shares(data, 'dso') if data.exists() else []
    if not libraries:
        part.say(f'By function: perf does not work here ({" ".join(found["words"].split())[:200]}).')
        return
    part.say('By library (perf, cpu-clock, without the load generator):\n\n' + table(
        ('library', 'share', 'µs a cycle'),
        [(f'`{name}`', f'{share:.1f} %', f'{cpu_us * share / 100:.2f}') for share, name in libraries if share >= LIBRARY_LEAST]))
    functions = collections.Counter()
    for share, name in shares(data, 'dso,sym'):
        functions[re.sub(r' \[(.)\] 0x[0-9a-f]+$', r' [\1] (functions without a name)', name)] += share
    part.say('By function:\n\n' + table(('function', 'share', 'µs a cycle'), [
        (f'`{name}`', f'{share:.1f} %', f'{cpu_us * share / 100:.2f}') for name, share in functions.most_common(FUNCTIONS_MAX)
        if share >= FUNCTION_LEAST]))


def by_call(lab, part, o):
    counts = lab.path('calls')
    trace = ['timeout', '-s', 'INT', o.seconds, 'strace', '-c', '-f', '-U', 'calls,name', '-o', counts, '-p']
    found = work(lab, o.seconds, watcher=lambda pid: [*trace, pid])
    rows = re.findall(r'^ *(\d+) +(\w+)$', counts.read_text(), re.M) if counts.exists() else []
    if not rows:
        part.say(f'Calls of the system: strace does not work here ({" ".join(found["words"].split())[:200]}).')
        return
    rows = sorted(((int(n), name) for n, name in rows if name != 'total'), reverse=True)
    answers = max((n for n, name in rows if name in ANSWERS), default=0)
    if not answers:
        raise Failure('no answers among the calls of the system')
    part.say('Calls of the system a cycle (strace, which slows the server down, so that more cycles share a turn than else):\n\n'
             + table(('call', 'a cycle'), [(f'`{name}`', f'{n / answers:.3f}') for n, name in rows if n / answers >= 0.001]))


def by_statement(lab, part, o):
    found = work(lab, o.seconds, Counted)
    counts = collections.Counter()
    for line in found['statements'].splitlines():
        n, text = line.split('\t', 1)
        text = re.sub('^SELECT .*? FROM', 'SELECT … FROM', ' '.join(text.split()))
        counts[text[:90].replace('|', '\\|')] += int(n) / found['cycles']
    if not counts:
        part.say('Statements: the server does not use the library that is counted.')
        return
    rows = [(f'`{text}`', f'{n:.3f}') for text, n in counts.most_common() if n >= STATEMENT_LEAST]
    part.say(f'Statements a cycle, {sum(counts.values()):.2f} together:\n\n' + table(('statement', 'a cycle'), rows))


def run(lab, o, part):
    found = [work(lab, o.seconds) for _ in range(o.rounds)]
    rate = [f['cycles'] / f['seconds'] for f in found]
    part.figure('cycles', rate, 'cycles/s')
    cpu_us = part.figure('processor time of the server', [f['cpu_us'] for f in found], 'µs/cycle')
    by_function(lab, part, o, cpu_us)
    by_call(lab, part, o)
    by_statement(lab, part, o)
