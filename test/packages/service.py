"""What systemd would do, as far as it matters to the program: service.py UNIT ROOT [NAME=VALUE…] runs the ExecStart of a unit
file in the root given, as its User and Group, with its UMask, its limits and an environment of its own, without privileges,
beneath a system call filter that has exactly what SystemCallFilter, RestrictAddressFamilies and MemoryDenyWriteExecute leave.

A call outside that set does not fail, as it would beneath systemd: it kills (SIGSYS), so that no test passes over one.
`systemd-analyze syscall-filter` says what a group holds. Takes Debian's python3-seccomp."""
import functools
import grp
import os
import pwd
import re
import resource
import shlex
import socket
import subprocess
import sys

import seccomp

ADDRESSES_ARGUMENT, PROTECTION_ARGUMENT = 0, 2
PROT_WRITE, PROT_EXEC = 2, 4


def read_unit(path):
    """The settings of [Service]: name to list of values."""
    found = {}
    with open(path) as unit:
        for line in unit.read().split('\n[Service]\n')[1].split('\n[')[0].splitlines():
            if '=' in line and not line.startswith('#'):
                name, value = line.split('=', 1)
                found.setdefault(name, []).append(value)
    return found


@functools.cache
def expand(name):
    """The calls of a group, or the one call."""
    if not name.startswith('@'):
        return {name}
    text = subprocess.run(['systemd-analyze', 'syscall-filter', name], check=True, capture_output=True, text=True).stdout
    calls = set()
    for word in re.findall(r'^    ([@\w-]+)$', text, re.M):
        calls |= expand(word)
    return calls


def allowed_calls(filters):
    """As systemd.exec(5): the first line says that others are forbidden; @default is always allowed."""
    calls = set()
    assert filters and not filters[0].startswith('~'), 'the first SystemCallFilter must be a list of what is allowed'
    for line in filters:
        for word in line.lstrip('~').split():
            calls = calls - expand(word) if line.startswith('~') else calls | expand(word)
    return calls | expand('@default')


def known(call):
    try:
        return seccomp.resolve_syscall(seccomp.Arch.NATIVE, call) >= 0
    except (ValueError, TypeError):
        return False


def confine(unit, calls):
    """The filter, loaded: it holds for this process and all that come of it."""
    rules = seccomp.SyscallFilter(defaction=seccomp.KILL_PROCESS)
    for family in unit['RestrictAddressFamilies'][0].split():
        rules.add_rule(seccomp.ALLOW, 'socket', seccomp.Arg(ADDRESSES_ARGUMENT, seccomp.EQ, getattr(socket, family)))
    assert unit['MemoryDenyWriteExecute'] == ['yes']
    for call in 'mprotect', 'pkey_mprotect':
        rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(PROTECTION_ARGUMENT, seccomp.MASKED_EQ, PROT_EXEC, 0))
    for never in PROT_WRITE, PROT_EXEC:
        rules.add_rule(seccomp.ALLOW, 'mmap', seccomp.Arg(PROTECTION_ARGUMENT, seccomp.MASKED_EQ, never, 0))
    for call in sorted(calls - {'socket', 'mmap', 'mprotect', 'pkey_mprotect', 'shmat'}):
        rules.add_rule(seccomp.ALLOW, call)
    rules.load()


def limit(unit, name, which):
    most = resource.getrlimit(which)[1]  # which cannot be raised everywhere
    for value in unit.get(name, []):
        value = int(value) if most == resource.RLIM_INFINITY else min(int(value), most)
        resource.setrlimit(which, (value, value))


def environment(unit, user, extra):
    """What systemd hands on, and the unit's own; NAME=VALUE of ours go before these."""
    found = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG': 'C.UTF-8', 'HOME': user.pw_dir,
             'USER': user.pw_name, 'LOGNAME': user.pw_name}
    for word in unit.get('Environment', []) + extra:
        name, value = word.split('=', 1)
        found[name] = value
    found['SCENARIO'] = os.environ.get('SCENARIO', '')  # by which lib.sh finds what a scenario left running
    return found


def command(unit, variables):
    words = shlex.split(unit['ExecStart'][0])
    return [re.sub(r'\$\{(\w+)\}', lambda name: variables[name.group(1)], word) for word in words]


def become(user, group):
    os.setgroups([group.gr_gid])
    os.setresgid(group.gr_gid, group.gr_gid, group.gr_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)


def main(path, root, *extra):
    unit = read_unit(path)
    calls = {call for call in allowed_calls(unit['SystemCallFilter']) if known(call)}  # systemd-analyze is not in the root
    os.chroot(root)
    os.chdir('/')
    user, group = pwd.getpwnam(unit['User'][0]), grp.getgrnam(unit['Group'][0])
    variables = environment(unit, user, list(extra))
    words = command(unit, variables)
    os.umask(int(unit['UMask'][0], 8))
    limit(unit, 'LimitNOFILE', resource.RLIMIT_NOFILE)
    limit(unit, 'LimitCORE', resource.RLIMIT_CORE)
    become(user, group)
    confine(unit, calls)
    os.execve(words[0], words, variables)


main(*sys.argv[1:])
