"""A far side of one's own: an sshd on loopback whose HOME has jobs in it, in the folders that src/launch/README.md describes, each
with a process that runs."""
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import time

from lab import Failure, accepts, free_port, wait_until

SITE, HASH = 'far', '0123456789abcdef'
ENTER = '''#!/bin/sh
HOME={home}
export HOME
cd "$HOME" || exit 1
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
'''
SSHD = '''ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/user_key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
ForceCommand {folder}/enter
LogLevel VERBOSE
'''
SSH = '''Host far
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile {folder}/user_key
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known_hosts
    GlobalKnownHostsFile /dev/null
'''


class FarSite:
    def __init__(self, lab, jobs):
        self.lab, self.count, self.folder, self.port = lab, jobs, lab.new_folder('far'), free_port()
        self.home, self.config, self.log = self.folder / 'home', self.folder / 'ssh_config', None

    def __enter__(self):
        self.home.mkdir()
        self.start_sshd()
        self.make_jobs()
        return self

    def __exit__(self, *_):
        self.sleepers.stop()
        self.sshd.stop()
        shutil.rmtree(self.folder)

    def start_sshd(self):
        for name in ('host_key', 'user_key'):
            self.lab.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', self.folder / name])
        words = {'home': self.home, 'port': self.port, 'folder': self.folder, 'user': pwd.getpwuid(os.geteuid()).pw_name}
        enter = self.folder / 'enter'
        for path, text in ((enter, ENTER), (self.folder / 'sshd_config', SSHD), (self.config, SSH)):
            path.write_text(text.format(**words))
        enter.chmod(0o755)
        (self.folder / 'known_hosts').write_text(f'[127.0.0.1]:{self.port} ' + (self.folder / 'host_key.pub').read_text())
        if os.geteuid() == 0:
            pathlib.Path('/run/sshd').mkdir(exist_ok=True)
        self.sshd = self.lab.load([shutil.which('sshd') or '/usr/sbin/sshd', '-D', '-e', '-f', self.folder / 'sshd_config'])
        wait_until(lambda: accepts(self.port), self.sshd, 'sshd')

    def make_jobs(self):
        """As many processes, and a folder for each."""
        self.sleepers = self.lab.load(['sh', '-c', f'for i in $(seq {self.count}); do sleep 36000 & echo $!; done; echo; wait'])
        wait_until(lambda: self.sleepers.log.read_text().endswith('\n\n'), self.sleepers, 'processes')
        boot = pathlib.Path('/proc/sys/kernel/random/boot_id').read_text().strip()
        self.jobs = []
        for n, pid in enumerate(self.sleepers.log.read_text().split(), 1):
            start = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]
            name = f'{HASH}_{n}'
            folder = self.home / '.docket' / name
            (folder / 'files').mkdir(parents=True)
            (folder / 'begun').mkdir()
            settings = {'unique': f'bench-{n}', 'command': 'sleep 36000', 'name': f'job {n}'}
            for file, text in (('settings.json', json.dumps(settings)), ('pid', f'{pid} {start} {boot}'), ('job.sh', 'sleep 36000'),
                               ('status', f'running\t\t{int(time.time())}\t'), ('stdout', ''), ('stderr', '')):
                (folder / file).write_text(text + '\n' * bool(text))
            self.jobs.append(name)

    def sessions(self):
        """Commands that were run by ssh so far; the log is written before they are."""
        return self.sshd.log.read_text().count('Starting session: ')

    def connections(self):
        return self.sshd.log.read_text().count('Accepted publickey ')

    def add_to(self, server):
        """The server has this site, and all its jobs; the path of its control connection."""
        server.ask('PUT', f'sites/{SITE}', {'kind': 'ssh', 'host': 'far', 'ssh_config': str(self.config), 'sync_seconds': 86400})
        end = time.monotonic() + 60
        while True:
            server.ask('POST', f'sites/{SITE}/sync', {})
            site = server.ask('GET', f'sites/{SITE}')
            if site['jobs'].get('running') == self.count:
                return site['control']
            if time.monotonic() > end:
                raise Failure(f'not all of {self.count} jobs were found: {site}')

    def ask(self, script, control=None):
        """By ssh, as the manual's loop does: through a connection that is kept, or by one of its own."""
        through = ['-o', f'ControlPath={control}', '-o', 'ControlMaster=no'] if control else ['-o', 'ControlPath=none']
        r = subprocess.run(['ssh', '-F', self.config, '-o', 'BatchMode=yes', *through, 'far', script], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True)
        if r.returncode:
            raise Failure(f'ssh: {r.stderr[-300:]}')
        return r.stdout
