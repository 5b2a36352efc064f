"""Where everything is measured: a directory on the disk, servers on one core and load on the other, and what the kernel knows
of them. Everything started here ends with the lab, also after a failure or Ctrl-C."""
import json
import mmap
import os
import pathlib
import pwd
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

SERVER_CORE, LOAD_CORE = '0', '1'
START_SECONDS = 60


class Failure(Exception):
    """A part cannot be measured, or what it measured is not what it says."""


class Counter:
    """How often the processes of a server had a file written through to the disk (sync_count.c)."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(8))
        path.chmod(0o666)
        with open(path, 'r+b') as f:
            self.page = mmap.mmap(f.fileno(), 8)

    def read(self):
        return struct.unpack('Q', self.page[:8])[0]


class Process:
    """A command under way, as a group of its own, its words in a file."""

    def __init__(self, command, core, log, env=None):
        self.log, self.command = log, [str(word) for word in command]
        where = ['taskset', '-c', core] if core else []
        with open(log, 'wb') as words:
            self.popen = subprocess.Popen(where + self.command, stdin=subprocess.DEVNULL, stdout=words, stderr=subprocess.STDOUT,
                                          env={**os.environ, **(env or {})}, start_new_session=True)

    def check(self):
        if self.popen.poll() is not None:
            raise Failure(f'{self.command[0]} ended with {self.popen.returncode}: {self.log.read_text()[-400:]}')

    def tree(self):
        """It and all that it started."""
        found, children = [self.popen.pid], {}
        for stat in pathlib.Path('/proc').glob('[0-9]*/stat'):
            try:
                children.setdefault(int(stat.read_text().rpartition(')')[2].split()[1]), []).append(int(stat.parent.name))
            except OSError:
                pass
        for pid in found:
            found += children.get(pid, [])
        return found

    def cpu_seconds(self):
        """Of all its processes and threads, to the nanosecond; of children that have ended to a tick."""
        seconds = 0
        for pid in self.tree():
            folder = pathlib.Path(f'/proc/{pid}')
            try:
                seconds += sum(int(t.read_text().split()[0]) for t in folder.glob('task/*/schedstat')) / 1e9
                fields = (folder / 'stat').read_text().rpartition(')')[2].split()
                seconds += (int(fields[13]) + int(fields[14])) / os.sysconf('SC_CLK_TCK')
            except OSError:
                pass
        return seconds

    def peak_mb(self):
        for line in open(f'/proc/{self.popen.pid}/status'):
            if line.startswith('VmHWM:'):
                return int(line.split()[1]) * 1024 / 1e6
        raise Failure(f'{self.command[0]} is gone')

    def stop(self, number=signal.SIGTERM):
        """Asks it to end, waits, and does not ask a second time."""
        if self.popen.poll() is None:
            self.popen.send_signal(number)
            try:
                self.popen.wait(60)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def kill(self):
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait()


class Lab:
    def __init__(self, build):
        self.build, self.processes, self.count = build.resolve(), [], 0
        self.folder = self.make_folder()
        self.sync_count = self.folder / 'sync_count.so'
        shutil.copy(self.tool('sync_count.so'), self.sync_count)
        apart = {int(SERVER_CORE), int(LOAD_CORE)} <= os.sched_getaffinity(0)
        self.server_core, self.load_core = (SERVER_CORE, LOAD_CORE) if apart else (None, None)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def make_folder(self):
        """On the disk of the build, where the user that PostgreSQL runs as can reach it, too."""
        for above in (self.build, pathlib.Path('/var/tmp')):
            folder = pathlib.Path(tempfile.mkdtemp(prefix='lab-', dir=above))
            folder.chmod(0o755)
            if subprocess.run([*self.as_postgres(), 'test', '-x', folder]).returncode == 0:
                return folder
            folder.rmdir()
        raise Failure('no directory that everybody can reach')

    @staticmethod
    def as_postgres():
        """PostgreSQL does not run as root."""
        return ['runuser', '-u', 'postgres', '--'] if os.geteuid() == 0 else []

    def own(self, folder):
        """Gives a directory to the user PostgreSQL runs as."""
        if os.geteuid() == 0:
            user = pwd.getpwnam('postgres')
            os.chown(folder, user.pw_uid, user.pw_gid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tool(self, name):
        return self.build / 'bench' / name

    def path(self, name):
        """A new one in the lab."""
        self.count += 1
        return self.folder / f'{self.count}-{name}'

    def new_folder(self, name):
        folder = self.path(name)
        folder.mkdir()
        return folder

    def server(self, command, env=None):
        return self.start(command, self.server_core, env)

    def load(self, command, env=None):
        return self.start(command, self.load_core, env)

    def start(self, command, core, env=None):
        self.processes = [p for p in self.processes if p.popen.poll() is None]
        process = Process(command, core, self.path('log'), env)
        self.processes.append(process)
        return process

    def result(self, process):
        """Waits for its end; its last words, which are JSON."""
        if process.popen.wait() != 0:
            raise Failure(f'{" ".join(process.command)}: {process.log.read_text()[-400:]}')
        words = process.log.read_text()
        process.log.unlink()
        return json.loads(words.splitlines()[-1])

    def measure(self, command):
        return self.result(self.load(command))

    def run(self, command, stdin=None):
        """A command that has to go well, on the core of the load; its words."""
        where = ['taskset', '-c', self.load_core] if self.load_core else []
        r = subprocess.run([*where, *map(str, command)], stdin=stdin or subprocess.DEVNULL, capture_output=True, text=True)
        if r.returncode:
            raise Failure(f'{" ".join(map(str, command))}: {(r.stderr or r.stdout)[-400:]}')
        return r.stdout


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_until(ready, process, what):
    """Asks ready() until it is true, as long as the process lives."""
    end = time.monotonic() + START_SECONDS
    while not ready():
        process.check()
        if time.monotonic() > end:
            raise Failure(f'{what} does not come up')
        time.sleep(0.002)


def accepts(port):
    with socket.socket() as s:
        return s.connect_ex(('127.0.0.1', port)) == 0


def settle():
    """What was prepared is on disk before anything is measured."""
    os.sync()
