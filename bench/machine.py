"""The machine and the versions, as they stand at the head of the report."""
import os
import pathlib
import re
import subprocess
import time

SYNCS, BLOCK = 500, bytes(4096)

# What tells its version, and how it is asked.
VERSIONS = {
    'Redis': ['redis-server', '--version'],
    'beanstalkd': ['beanstalkd', '-v'],
    'PostgreSQL': ['psql', '--version'],
    'GNU parallel': ['parallel', '--version'],
    'xargs': ['xargs', '--version'],
    'SQLite': ['pkg-config', '--modversion', 'sqlite3'],
}


def first_line(command):
    try:
        said = subprocess.run([*map(str, command)], capture_output=True, text=True)
    except FileNotFoundError:
        return 'not there'
    return re.search(r'\d+(\.\d+)+|\d{6,}', said.stdout + said.stderr).group(0)


def syncs_a_second(folder):
    """Blocks of 4 KiB written one after the other, each through to the disk."""
    path = folder / 'dsync'
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_DSYNC)
    os.pwrite(fd, bytes(len(BLOCK) * SYNCS), 0)
    began = time.monotonic()
    for n in range(SYNCS):
        os.pwrite(fd, BLOCK, n * len(BLOCK))
    took = time.monotonic() - began
    os.close(fd)
    path.unlink()
    return SYNCS / took


def processor():
    text = pathlib.Path('/proc/cpuinfo').read_text()
    return re.search(r'model name\s*: (.*)', text).group(1)


def memory_gb():
    return int(re.search(r'MemTotal:\s*(\d+)', pathlib.Path('/proc/meminfo').read_text()).group(1)) / 1e6


def file_system(folder):
    said = subprocess.run(['findmnt', '-no', 'FSTYPE,OPTIONS', '-T', folder], capture_output=True, text=True)
    return ' '.join(said.stdout.split()) or 'unknown'


def describe(lab):
    """Name to text, for the report."""
    kind = file_system(lab.folder)
    return {
        'processor': f'{processor()}, {os.cpu_count()} cores, {memory_gb():.0f} GB of memory',
        'kernel': os.uname().release,
        'file system': kind,
        'synced writes of 4 KiB': f'{syncs_a_second(lab.folder):,.0f}/s',
        'docket': first_line([lab.build / 'src/cli/docket', '--version']),
        **{name: first_line(command) for name, command in VERSIONS.items()},
        'cores': 'servers on one, load on another' if lab.load_core else 'shared by servers and load: the figures say little',
    }
