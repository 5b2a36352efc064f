"""The programs measured, each as a fresh server with a store of its own: started on the servers' core, filled with units of work
the fastest way it has, and stopped. All hold what they acknowledge on disk; `durable` says how that was asked for."""
import http.client
import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import threading

from lab import Counter, Failure, accepts, free_port, wait_until

PAYLOAD_BYTES = 100
QUEUE = 'q'
OWNER = pwd.getpwuid(os.geteuid()).pw_name  # of docket's queues: who starts the server


class Server:
    """What they share. self.process is the server while it runs."""

    def __init__(self, lab):
        self.lab, self.process = lab, None
        self.folder = lab.new_folder(type(self).__name__.lower())
        self.syncs = Counter(lab.path('syncs'))
        self.port = free_port()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder)
        self.syncs.path.unlink()

    def env(self):
        return {'LD_PRELOAD': str(self.lab.sync_count), 'SYNC_COUNT': str(self.syncs.path)}

    def spawn(self, command):
        self.process = self.lab.server(command, self.env())
        wait_until(lambda: accepts(self.port), self.process, command[0])

    def stop(self):
        if self.process:
            self.process.stop()
        self.process = None

    def cycles(self, connections, seconds, *options):
        """Workers as load: what cycles.c prints."""
        return self.lab.measure(self.load(connections, seconds, *options))

    def load(self, connections, seconds, *options):
        """The command line of the load generator."""
        return [self.lab.tool('cycles'), self.peer, f'127.0.0.1:{self.port}', QUEUE, connections, seconds, *options]


class Docket(Server):
    peer, name = 'docket', 'docket'
    durable = 'as it comes: SQLite, synchronous=FULL'

    def __init__(self, lab, folder=None):
        """With a folder, the store there, which stays."""
        super().__init__(lab)
        self.data = folder or self.folder / 'data'

    def start(self):
        address = self.data / 'server'
        address.unlink(missing_ok=True)
        serve = [self.lab.build / 'src/cli/docket', 'serve', '--data', self.data, '--listen', '127.0.0.1:0']
        self.process = self.lab.server(serve, self.env())
        wait_until(lambda: address.exists() and address.read_text().strip(), self.process, 'docket')
        self.port = int(json.loads(address.read_text())['url'].rstrip('/').rpartition(':')[2])
        self.token = (self.data / 'token').read_text().strip()

    @property
    def address(self):
        return f'127.0.0.1:{self.port}'

    def load(self, connections, seconds, *options, queue=QUEUE):
        return [self.lab.tool('cycles'), 'docket', self.address, queue, connections, seconds, '--token', self.data / 'token',
                *options]

    def connect(self):
        return http.client.HTTPConnection('127.0.0.1', self.port, timeout=600)

    def ask(self, method, path, body=None, connection=None):
        connection = connection or self.connect()
        connection.request(method, f'/api/v1/{path}', None if body is None else json.dumps(body),
                           {'Authorization': f'Bearer {self.token}', 'Content-Type': 'application/json'})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise Failure(f'{method} {path}: {text[:300]}')
        return json.loads(text)

    def fill(self, count, queue=QUEUE):
        lines = self.lab.path('lines')
        line = json.dumps({'payload': 'x' * (PAYLOAD_BYTES - 2)}) + '\n'
        lines.write_text(line * count)
        self.send(lines, count, queue)
        lines.unlink()

    def send(self, lines, count, queue=QUEUE):
        """Streams a file of lines by curl; seconds that took."""
        answer, seconds = self.lab.run(self.stream(lines, queue)).rsplit('\n', 1)
        if json.loads(answer).get('added') != count:
            raise Failure(f'not added: {answer}')
        return float(seconds)

    def stream(self, lines, queue=QUEUE):
        return ['curl', '-sS', '-X', 'POST', '-T', lines, '-H', 'Expect:', '-H', f'Authorization: Bearer {self.token}', '-H',
                'Content-Type: application/x-ndjson', '-w', '\n%{time_total}', f'http://{self.address}/api/v1/queues/{queue}/tasks']

    def log_bytes(self):
        try:
            return (self.data / 'docket.db-wal').stat().st_size
        except FileNotFoundError:
            return 0


class Redis(Server):
    peer, name = 'redis', 'Redis Streams'
    durable = 'appendonly yes, appendfsync always, save "", no rewrite of the file'

    def start(self):
        self.spawn(['redis-server', '--port', self.port, '--bind', '127.0.0.1', '--dir', self.folder, '--appendonly', 'yes',
                    '--appendfsync', 'always', '--save', '', '--auto-aof-rewrite-percentage', '0', '--maxclients', '11000'])
        self.lab.run(['redis-cli', '-p', self.port, 'XGROUP', 'CREATE', QUEUE, 'g', '0', 'MKSTREAM'])

    def fill(self, count):
        words = ['XADD', QUEUE, '*', 'p', 'x' * PAYLOAD_BYTES]
        command = f'*{len(words)}\r\n' + ''.join(f'${len(word)}\r\n{word}\r\n' for word in words)
        commands = self.lab.path('commands')
        commands.write_text(command * count)
        with open(commands) as stdin:
            said = self.lab.run(['redis-cli', '-p', self.port, '--pipe'], stdin)
        if f'errors: 0, replies: {count}' not in said:
            raise Failure(f'Redis was not filled: {said}')
        commands.unlink()


class Beanstalkd(Server):
    peer, name = 'beanstalkd', 'beanstalkd'
    durable = '-b DIR -f0'

    def start(self, sync_ms=0):
        self.spawn(['beanstalkd', '-l', '127.0.0.1', '-p', self.port, '-b', self.folder, f'-f{sync_ms}'])

    def fill(self, count):
        """By a server that syncs seldom, which gives way to one that does."""
        self.stop()
        self.start(sync_ms=10_000)
        self.put(count)
        self.stop()
        self.start()

    def put(self, count):
        put = f'put 0 0 120 {PAYLOAD_BYTES}\r\n{"x" * PAYLOAD_BYTES}\r\n'.encode()
        each = 1000
        with socket.create_connection(('127.0.0.1', self.port)) as s:
            sender = threading.Thread(target=lambda: [s.sendall(put * min(each, count - n)) for n in range(0, count, each)])
            sender.start()
            lines, text = 0, b''
            while lines < count:
                text = s.recv(1 << 16)
                if not text or b'INSERTED' not in text and len(text) > 20:
                    raise Failure(f'beanstalkd was not filled: {text[:100]}')
                lines += text.count(b'\n')
            sender.join()


class Postgres(Server):
    peer, name = 'postgres', 'PostgreSQL'
    durable = 'fsync on, synchronous_commit on, defaults but shared_buffers 256MB'
    here = pathlib.Path(__file__).resolve().parent

    def bin(self, name):
        """Of the newest version there is."""
        versions = sorted(pathlib.Path('/usr/lib/postgresql').glob('*/bin'), key=lambda p: int(p.parent.name))
        if not versions:
            raise Failure('PostgreSQL is not installed')
        return versions[-1] / name

    def start(self):
        self.lab.own(self.folder)
        data = self.folder / 'data'
        self.lab.run([*self.lab.as_postgres(), self.bin('initdb'), '-D', data, '-A', 'trust', '-E', 'UTF8', '--locale', 'C'])
        self.process = self.lab.server([*self.lab.as_postgres(), self.bin('postgres'), '-D', data, '-p', self.port, '-k', self.folder,
                                        '-c', 'listen_addresses=127.0.0.1', '-c', 'shared_buffers=256MB', '-c',
                                        'max_connections=300'], self.env())
        ready = [*self.lab.as_postgres(), self.bin('pg_isready'), '-q', '-h', self.folder, '-p', self.port]
        wait_until(lambda: subprocess.run([*map(str, ready)]).returncode == 0, self.process, 'PostgreSQL')
        self.sql((self.here / 'postgres_schema.sql').read_text())

    def stop(self):
        """By its own tool: the process started may be runuser's."""
        if self.process:
            self.lab.run([*self.lab.as_postgres(), self.bin('pg_ctl'), '-D', self.folder / 'data', '-m', 'fast', '-w', 'stop'])
        super().stop()

    def sql(self, text):
        return self.lab.run([*self.lab.as_postgres(), self.bin('psql'), '-qAtX', '-v', 'ON_ERROR_STOP=1', '-h', self.folder, '-p',
                             self.port, '-d', 'postgres', '-c', text])

    def fill(self, count):
        self.sql(f"INSERT INTO task (payload) SELECT repeat('x', {PAYLOAD_BYTES}) FROM generate_series(1, {count})")
        self.sql('VACUUM ANALYZE task')

    def cycles(self, connections, seconds, batch=1):
        """pgbench beside it, as good as the load generator of the others: what that would have printed. Connecting takes its
        share of the time asked for, and does not count."""
        script = self.here / ('postgres_cycle.sql' if batch == 1 else 'postgres_batch.sql')
        own = self.lab.path('script.sql')
        shutil.copy(script, own)
        own.chmod(0o644)
        before = int(self.sql('SELECT count(*) FROM task WHERE state = 2'))
        said = self.lab.run([*self.lab.as_postgres(), self.bin('pgbench'), '-n', '-M', 'prepared', '-f', own, '-D',
                             f'batch={batch}', '-h', '127.0.0.1', '-p', self.port, '-c', connections, '-j', 1, '-T',
                             max(round(seconds), 3), 'postgres'])
        own.unlink()
        done = int(self.sql('SELECT count(*) FROM task WHERE state = 2')) - before
        rounds = int(re.search(r'actually processed: (\d+)', said).group(1))
        tps = re.search(r'tps = ([\d.]+) ', said)
        if not tps or not rounds or 'number of failed transactions: 0 ' not in said:
            raise Failure(f'pgbench: {said}')
        return {'seconds': rounds / float(tps.group(1)), 'requests': 2 * rounds, 'cycles': done, 'empty': 0, 'lost': 0}
