"""Jobs on another machine, or on this one, with nothing but Python 3.6 and the ssh program: what `remotejobs` did for programs that were
written for it. No server of docket is needed; but a job is a folder ~/.APP/HASH_N as docket writes it (src/launch/README.md), so each
finds what the other has submitted.

    submitter = RemoteJobSubmitter("remoteJobs", "me@cluster.example:22", "me")
    settings = submitter.create_settings("data", "", "sh work.sh", ["--all"], "", "", {})
    hash, n, first = submitter.generate_id(settings)
    submitter.submit_job(settings, hash, n if first else n + 1)
    for key in submitter.settings.list_keys():
        hash, n = key.rsplit("_", 1)
        print(key, submitter.check_state(hash, int(n), False)["status"])

The far side is spoken to by ssh as the user has set it up (keys, agent, jump hosts, known hosts), over one connection that is kept; a
question is one round trip whatever the number of jobs. Each sends a script in POSIX sh on stdin, with its length before it, so that a
connection that is cut runs nothing by half; values stand in it as quoted words alone. A password is asked for by ssh through
SSH_ASKPASS, for prompts of a password only; it is never written down nor put on a command line.
"""
import atexit
import datetime
import hashlib
import json
import os
import posixpath
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import uuid
from typing import IO, Any, Dict, List, Optional, Tuple

__all__ = [
    "RemoteJobSubmitter", "RemoteJobError", "STATUS_SUBMITTED", "STATUS_PENDING", "STATUS_RUNNING", "STATUS_FINISHED", "STATUS_FAILED",
    "STATUS_CANCELLED", "STATUS_LOST",
]

STATUS_SUBMITTED = "submitted"
STATUS_PENDING = "pending"      # in the queue of a scheduler
STATUS_RUNNING = "running"
STATUS_FINISHED = "finished"    # with exit code 0
STATUS_FAILED = "failed"        # `exitcode` and `reason` say how
STATUS_CANCELLED = "cancelled"
STATUS_LOST = "lost"            # nobody runs it any more, and it left no end

ENDED = (STATUS_FINISHED, STATUS_FAILED, STATUS_CANCELLED, STATUS_LOST)

SSH = ["ssh"]                   # the program, with options of one's own
TIMEOUT = 120                   # seconds that the far side may take for an answer
ANSWER_MAX = 256 << 20          # bytes of one
PERSIST = 600                   # seconds that a connection nobody uses stays open, should this process be killed

_KEY = re.compile(r"[A-Za-z0-9.-]+_[0-9]+\Z")

# Runs the script that comes on stdin behind its length; there is nothing of ours in it.
_BOOT = ('exec /bin/sh -c \'LC_ALL=C; export LC_ALL; IFS= read -r n && s=$(dd bs=1 count="$n" 2>/dev/null) && [ "${#s}" -eq "$n" ] '
         '&& eval "$s"\'')

# Every script begins so; `end` behind it says that the answer is whole.
_HEAD = r"""
umask 077
boot=
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id
printf '\ndocket 1\t%s\t%s\t%s\n' "$(date +%s)" "$boot" "$HOME"
fail() { printf 'failed\t%s\n' "$(printf %s "$*" | tr '\n\t\r' '   ')"; return 1; }
"""

# list_jobs APP: everything about every job. Processes are looked at before files: who was seen dead has written what there is.
_LIST = r"""
first() { line=; [ ! -f "$2" ] || IFS= read -r line <"$2"; printf '%s\t%s\n' "$1" "$line"; }
process() {
    p= s= b= alive=
    [ ! -f "$1/pid" ] || read -r p s b <"$1/pid"
    case $p in
    slurm) [ -f "$1/exit" ] || slurm=1 ;;
    '' | *[!0-9]*) ;;
    *)  if [ "$b" = "$boot" ] && read -r stat 2>/dev/null <"/proc/$p/stat"; then
            set -- ${stat##*) }
            [ "${20}" != "$s" ] || alive=1
        fi ;;
    esac
    printf 'process\t%s\t%s\t%s\t%s\n' "$p" "$s" "$b" "$alive"
}
list_jobs() {
    cd && cd ".$1" 2>/dev/null || return 0
    slurm=
    for job in *_[0-9]*; do
        case $job in *[!A-Za-z0-9._-]*) continue ;; esac
        [ -f "$job/settings.json" ] || continue
        printf 'job\t%s\n' "$job"
        process "$job"
        first status "$job/status"
        first exit "$job/exit"
        first settings "$job/settings.json"
    done
    [ -z "$slurm" ] || squeue -h --states=all --user="$(id -u)" -o 'slurm	%A	%T' 2>/dev/null
}
"""

# start_job APP KEY UNIQUE: its input is a tar of the folder, with settings.json, job.sh, run.sh and files/.
_START = r"""
ours() { case $(cat settings.json 2>/dev/null) in *"\"$1\""*) ;; *) return 1 ;; esac; }
start_job() {
    cd && { [ -d ".$1" ] || mkdir ".$1"; } && cd ".$1" || { fail "could not make ~/.$1"; return; }
    command -v setsid >/dev/null || { fail 'there is no setsid'; return; }
    [ -n "$boot" ] || { fail 'there is no /proc/sys/kernel/random/boot_id'; return; }
    new=$PWD/.in.$3.$$
    rm -rf ".in.$3".*
    mkdir "$new" && said=$(tar -xof - -C "$new" 2>&1) && [ -f "$new/settings.json" ] || { rm -rf "$new"; fail "what was sent did not come whole: $said"; return; }
    [ -d "$2" ] || mkdir "$2" 2>/dev/null
    cd "$2" || { fail "could not make $2"; return; }
    ln "$new/settings.json" settings.json 2>/dev/null
    if ours "$3"; then begin "$new"; else printf 'taken\n'; fi
    rm -rf "$new"
}
begin() {
    for part in files job.sh run.sh; do
        [ -e "$part" ] || mv "$1/$part" "$part" || { fail "could not write $part"; return; }
    done
    [ -e status ] || { printf 'submitted\t\t\t\n' >status.$$ && mv -f status.$$ status; } || { fail 'could not write status'; return; }
    (unset LC_ALL; setsid /bin/sh "$PWD/run.sh" 0 "$boot" </dev/null >/dev/null 2>&1 &)
    tries=0
    while [ ! -e pid ] && [ "$tries" -lt 10 ]; do
        tries=$((tries + 1))
        sleep 1
    done
    [ -e pid ] || { fail 'it did not begin'; return; }
    read -r pid rest <pid
    printf 'started\t%s\n' "$pid"
}
"""

# clean_job APP KEY: the folder of a job, not a link to one, loses its name first.
_CLEAN = r"""
clean_job() {
    cd && cd ".$1" 2>/dev/null && [ -e "$2" ] || { printf 'cleaned\n'; return; }
    [ ! -h "$2" ] && [ -f "$2/settings.json" ] || { fail "$2 is not the folder of a job"; return; }
    said=$(rm -rf ".gone.$2" 2>&1 && mv "$2" ".gone.$2" 2>&1 && rm -rf ".gone.$2" 2>&1) || { fail "$said"; return; }
    printf 'cleaned\n'
}
"""

# Runs job.sh in files/, once, and writes pid, status and exit; asked to end (TERM), it ends what it runs.
_RUN = r"""# Runs job.sh of this folder, once, and writes pid, status and exit. run.sh WALLTIME BOOTID
umask 077
cd "${0%/*}" || exit 1
here=$PWD boot=$2 why= child= tab=$(printf '\t')
put() { printf '%s\n' "$2" >"$1.$$" && mv -f "$1.$$" "$1"; }
keep() { # what must not be lost is written once there is room again
    tries=0
    until put "$1" "$2" || [ "$tries" -ge 360 ]; do tries=$((tries + 1)) && sleep 10; done
}
end_it() {
    [ -z "$why" ] || return 0
    why=cancelled
    [ -n "$child" ] || return 0
    kill -s TERM -- "-$child" 2>/dev/null
    { sleep 5 && kill -s KILL -- "-$child"; } 2>/dev/null &
}
trap end_it TERM INT HUP
read -r stat </proc/$$/stat
set -- ${stat##*) }
printf '%s %s %s\n' $$ "${20}" "$boot" >"pid.$$" || exit 1
mkdir begun 2>/dev/null || { rm -f "pid.$$" && exit 0; }
mv "pid.$$" pid
began=$(date +%s)
put status "running$tab$tab$began$tab"
cd files
if [ -z "$why" ]; then
    setsid /bin/sh "$here/job.sh" </dev/null >"$here/stdout" 2>"$here/stderr" &
    child=$!
fi
code=143
while [ -n "$child" ]; do
    wait "$child"
    code=$?
    kill -0 "$child" 2>/dev/null || break
done
[ -z "$why" ] || while [ -n "$child" ] && kill -s 0 -- "-$child" 2>/dev/null; do sleep 1; done
cd "$here"
ended=$(date +%s)
[ ! -e cancel ] || why=cancelled
keep exit "$code"
case $why,$code in
cancelled,*) keep status "cancelled$tab$tab$began$tab$ended" ;;
,0) keep status "finished$tab$tab$began$tab$ended" ;;
*) keep status "failed$tab$why$tab$began$tab$ended" ;;
esac
trap '' TERM
kill -s TERM 0 # the sleep of end_it, whose time matters no more
exit "$code"
"""

# What Slurm calls it; all others are failures.
_SLURM = {
    "PENDING": STATUS_PENDING, "CONFIGURING": STATUS_PENDING, "REQUEUED": STATUS_PENDING, "REQUEUE_HOLD": STATUS_PENDING,
    "RUNNING": STATUS_RUNNING, "COMPLETING": STATUS_RUNNING, "SUSPENDED": STATUS_RUNNING, "STOPPED": STATUS_RUNNING,
    "COMPLETED": STATUS_FINISHED, "CANCELLED": STATUS_CANCELLED,
}

# Answers a prompt for a password, and no other question.
_ASKPASS = """#!/bin/sh
case $1 in
*assword*) printf '%s\\n' "$REMOTEJOBS_PASSWORD" ;;
*) exit 1 ;;
esac
"""

Settings = Dict[str, Any]


class RemoteJobError(Exception):
    """What could not be done, in the words of who refused it."""


class _Shell:
    """This machine: where a script runs, and how paths are put together there."""

    path = posixpath

    def __init__(self) -> None:
        self.boot, self._home = "", ""

    def home(self) -> str:
        """The home directory there."""
        if not self._home:
            self.ask("", "")
        return self._home

    def command(self) -> Tuple[List[str], Dict[str, str]]:
        return ["/bin/sh", "-c", _BOOT], dict(os.environ)

    def refuse(self, said: str) -> RemoteJobError:
        return RemoteJobError("no answer from a shell here" + (": " + said if said else ""))

    def close(self) -> None:
        """Nothing is open."""

    def ask(self, functions: str, call: str, tar: Optional[IO[bytes]] = None) -> List[List[str]]:
        """Runs functions and the call of one: the fields of each line it answers."""
        script = (_HEAD + functions + call + "\nprintf 'end\\n'").encode()
        with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as answered, tempfile.TemporaryFile() as complained:
            told.write(b"%d\n%s" % (len(script), script))
            if tar:
                shutil.copyfileobj(tar, told)
            told.seek(0)
            argv, env = self.command()
            try:
                subprocess.run(argv, stdin=told, stdout=answered, stderr=complained, env=env, timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                raise self.refuse("nothing came for %d s" % TIMEOUT) from None
            except OSError as e:
                raise self.refuse(str(e)) from None
            answered.seek(0)
            complained.seek(0)
            answer = answered.read(ANSWER_MAX + 1)
            said = complained.read(4096).decode("utf-8", "replace")
        if len(answer) > ANSWER_MAX:
            raise self.refuse("it said more than %d bytes" % ANSWER_MAX)
        return self._read(answer.decode("utf-8", "replace").split("\n"), said)

    def _read(self, lines: List[str], said: str) -> List[List[str]]:
        heads = [i for i, line in enumerate(lines) if line.startswith("docket 1\t")]
        if not heads or lines[-2:] != ["end", ""]:
            raise self.refuse("; ".join(words for words in (line.strip("@ \t\r") for line in said.splitlines()) if words))
        self.boot, self._home = lines[heads[0]].split("\t", 3)[2:]
        answer = [line.split("\t") for line in lines[heads[0] + 1:-2]]
        for fields in answer:
            if fields[0] == "failed":
                raise RemoteJobError("\t".join(fields[1:]))
        return answer


class _RemoteShell(_Shell):
    """Another machine, by the user's own ssh."""

    def __init__(self, server: str, username: Optional[str], password: Optional[str]) -> None:
        super().__init__()
        match = re.match(r"(\[[^\]]+\]|[^:]*)(?::([0-9]{1,5}))?\Z", server)
        host = match.group(1).strip("[]") if match else ""
        if not match or not host or host.startswith("-") or re.search(r"[\s\x00-\x1f\x7f]", host):
            raise ValueError("a server is HOST or HOST:PORT, not %r" % server)
        if username is not None and (not username or username.startswith("-") or re.search(r"[\s\x00-\x1f\x7f]", username)):
            raise ValueError("this is no user's name: %r" % username)
        self.server, self._host, self._port, self._user = server, host, match.group(2), username
        self._password = password
        self._folder = tempfile.mkdtemp(prefix="rj-", dir="/tmp")  # short: the path of a socket has 107 bytes
        askpass = os.path.join(self._folder, "askpass")
        with open(os.open(askpass, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "w") as file:
            file.write(_ASKPASS)

    def _options(self, folder: str) -> List[str]:
        options = ["-T", "-o", "ControlPath=" + os.path.join(folder, "s")]
        if self._port:
            options += ["-p", self._port]
        if self._user:
            options += ["-l", self._user]
        return options

    def command(self) -> Tuple[List[str], Dict[str, str]]:
        env = dict(os.environ)
        if not self._folder:
            raise RemoteJobError("this submitter was closed")
        options = self._options(self._folder) + ["-o", "ControlMaster=auto", "-o", "ControlPersist=%d" % PERSIST, "-o", "ConnectTimeout=20"]
        if self._password is None:
            options += ["-o", "BatchMode=yes"]
        else:
            options += ["-o", "NumberOfPasswordPrompts=1"]
            env.update(SSH_ASKPASS=os.path.join(self._folder, "askpass"), SSH_ASKPASS_REQUIRE="force", REMOTEJOBS_PASSWORD=self._password)
            env.setdefault("DISPLAY", ":0")  # ssh before 8.4 asks a program only where there is one
        return SSH + options + ["--", self._host, _BOOT], env

    def refuse(self, said: str) -> RemoteJobError:
        return RemoteJobError("%s does not answer" % self.server + (": " + said if said else ""))

    def close(self) -> None:
        folder, self._folder = self._folder, ""
        if not folder:
            return
        argv = SSH + self._options(folder) + ["-O", "exit", "--", self._host]
        try:
            subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT)
        except (OSError, subprocess.TimeoutExpired):
            pass  # it ends by itself, PERSIST seconds later
        shutil.rmtree(folder, ignore_errors=True)


class _FileCommander:
    """The shells on both sides: `local` and `remote`."""

    def __init__(self, remote: Optional[_Shell]) -> None:
        self.local = _Shell()
        self.remote = remote or self.local


class _SettingsList:
    """What jobs there are on the far side."""

    def __init__(self, submitter: "RemoteJobSubmitter") -> None:
        self._submitter = submitter

    def list_keys(self) -> List[str]:
        """HASH_N of each, the states of all of them read in the same round trip."""
        return sorted(self._submitter._look())


def _moment(seconds: str) -> Optional[str]:
    if not seconds.isdigit() or len(seconds) > 11:
        return None
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(seconds))
    return moment.isoformat() + "Z"


def _parse(text: str) -> Settings:
    """Settings that anyone may have written."""
    try:
        settings = json.loads(text)
    except ValueError:
        return {}
    return settings if isinstance(settings, dict) else {}


def _exit_words(code: int) -> str:
    names = {number.value: number.name[3:] for number in signal.Signals}
    return "signal %d (%s)" % (code - 128, names[code - 128]) if code - 128 in names else "exit %d" % code


class _Seen:
    """One job as it was answered."""

    def __init__(self) -> None:
        self.fields = {}  # type: Dict[str, List[str]]

    def get(self, name: str, at: int) -> str:
        fields = self.fields.get(name, [])
        return fields[at] if at < len(fields) else ""

    def state(self, slurm: Dict[str, str], boot: str) -> Tuple[str, Optional[str]]:
        """Its status, and the reason for it."""
        word, reason = self.get("status", 0), self.get("status", 1) or None
        code = self.get("exit", 0)
        if code.isdigit() and word != STATUS_CANCELLED:
            return (STATUS_FINISHED, reason) if int(code) == 0 else (STATUS_FAILED, reason or _exit_words(int(code)))
        if word in (STATUS_FINISHED, STATUS_FAILED, STATUS_CANCELLED):
            return word, reason
        if self.get("process", 0) == "slurm":
            told = slurm.get(self.get("process", 1), "")
            return (_SLURM.get(told, STATUS_FAILED), told) if told else (word or STATUS_SUBMITTED, None)
        if self.get("process", 3):
            return STATUS_RUNNING, None
        if self.get("process", 0):
            return STATUS_LOST, "its process is gone" if self.get("process", 2) == boot else "the host was started anew"
        return STATUS_SUBMITTED, None


class RemoteJobSubmitter:
    """Jobs of one application on one machine, in ~/.appName there. server None: this machine; else "HOST" or "HOST:PORT"."""

    def __init__(self, appName: str, server: Optional[str] = None, username: Optional[str] = None, password: Optional[str] = None) -> None:
        if not re.match(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}\Z", appName):
            raise ValueError("an application's name has 1 to 64 of A-Z a-z 0-9 . _ -, not %r" % appName)
        self.appName = appName
        self.file_commander = _FileCommander(_RemoteShell(server, username, password) if server else None)
        self.settings = _SettingsList(self)
        self._seen = {}  # type: Dict[str, Settings]
        atexit.register(self.close)

    def close(self) -> None:
        """Ends the connection; done by itself when the program ends."""
        self.file_commander.remote.close()
        atexit.unregister(self.close)

    def __enter__(self) -> "RemoteJobSubmitter":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _call(self, function: str, *words: str) -> str:
        return " ".join([function] + [shlex.quote(word) for word in words])

    # ---- looking

    def _look(self) -> Dict[str, Settings]:
        seen, slurm, job = {}, {}, None  # type: Dict[str, _Seen], Dict[str, str], Optional[_Seen]
        for fields in self.file_commander.remote.ask(_LIST, self._call("list_jobs", self.appName)):
            if fields[0] == "job":
                job = seen.setdefault(fields[1], _Seen())
            elif fields[0] == "slurm" and len(fields) == 3:
                slurm[fields[1]] = fields[2].split()[0] if fields[2].split() else ""
            elif job:
                job.fields[fields[0]] = fields[1:]
        self._seen = {key: self._record(key, job, slurm) for key, job in seen.items() if _KEY.match(key)}
        return self._seen

    def _record(self, key: str, job: _Seen, slurm: Dict[str, str]) -> Settings:
        record = _parse("\t".join(job.fields.get("settings", [])))
        status, reason = job.state(slurm, self.file_commander.remote.boot)
        code, started, finished = job.get("exit", 0), _moment(job.get("status", 2)), _moment(job.get("status", 3))
        hash, n = key.rsplit("_", 1)
        record.update(jobid=key, hash=hash, n=int(n), status=status, reason=reason, cleaned=False, started=started, finished=finished,
                      updated=finished or started or record.get("submitted"), exitcode=int(code) if code.isdigit() else None,
                      batch=(job.get("process", 1) if job.get("process", 0) == "slurm" else job.get("process", 0)) or None)
        record.setdefault("command", None)
        return record

    def check_state(self, hash: str, n: int, clean: bool = False) -> Settings:
        """What is known of HASH_N: its settings with status, reason, cleaned, updated, jobid, batch, exitcode, started, finished. What
        list_keys has read is told once; who asks again has all of it read anew. With clean a job that has ended loses its folder on the far
        side: never do that while others have not seen it."""
        key = "%s_%d" % (hash, int(n))
        record = self._seen.pop(key, None)
        if record is None:
            self._look()
            record = self._seen.pop(key, None)
        if record is None:
            return {"jobid": key, "hash": hash, "n": int(n), "status": STATUS_LOST, "reason": "its folder is gone", "cleaned": False,
                    "updated": None, "batch": None, "exitcode": None, "command": None, "started": None, "finished": None}
        if clean and record["status"] in ENDED:
            self.file_commander.remote.ask(_CLEAN, self._call("clean_job", self.appName, key))
            record["cleaned"] = True
        return record

    # ---- submitting

    def create_settings(self, local_path: Optional[str], remote_path: Optional[str], script: str, args: Optional[List[str]] = None,
                        prior: str = "", post: str = "", extra: Optional[Settings] = None) -> Settings:
        """What a job is: the directory local_path goes with it (None or "": none); script, a command of the shell with args behind it as words
        of their own, runs in a copy of that, or in remote_path, into which it is copied. prior runs before it (the job has failed if that
        fails), post behind it. extra: other members of the settings, such as "name"."""
        command = " ".join([script] + [shlex.quote(str(arg)) for arg in args or []])
        settings = dict(extra or {})
        settings.update(script=script, args=list(args or []), prior=prior, post=post, command=command, local_path=local_path or "",
                        remote_path=remote_path or "", app=self.appName)
        return settings

    def generate_id(self, settings: Settings) -> Tuple[str, int, bool]:
        """(hash, n, first): the settings' hash with that of the directory's content, the number of its last submission, and whether there
        was none; then n is 1."""
        identity = {name: value for name, value in settings.items() if name not in ("unique", "submitted", "local_path")}
        digest = hashlib.blake2b(json.dumps(identity, sort_keys=True).encode(), digest_size=8)
        with tempfile.TemporaryFile() as tar:
            _pack(settings, tar, False)
            for block in iter(lambda: tar.read(1 << 16), b""):
                digest.update(block)
        hash = digest.hexdigest()
        numbers = [record["n"] for record in self._look().values() if record["hash"] == hash]
        return hash, max(numbers or [1]), not numbers

    def submit_job(self, settings: Settings, hash: str, submission: int) -> Settings:
        """Starts it as HASH_SUBMISSION, detached from us. Safe to be called again with the same settings when the connection broke: it runs
        once. RemoteJobError where HASH_SUBMISSION is another's already."""
        key = "%s_%d" % (hash, int(submission))
        if not _KEY.match(key):
            raise ValueError("this is no hash: %r" % hash)
        settings.setdefault("unique", "remotejobs-%s-%s-%s" % (re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()), key, uuid.uuid4().hex[:12]))
        settings.setdefault("submitted", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        with tempfile.TemporaryFile() as tar:
            _pack(settings, tar, True)
            answer = self.file_commander.remote.ask(_START, self._call("start_job", self.appName, key, settings["unique"]), tar)
        if ["taken"] in answer:
            raise RemoteJobError("%s is there already: generate_id tells the next number" % key)
        settings.update(jobid=key, status=STATUS_RUNNING, cleaned=False, batch=answer[-1][1] if answer and len(answer[-1]) > 1 else None)
        return settings


def _job_script(settings: Settings) -> str:
    lines = ["#!/bin/sh"]
    if settings.get("remote_path"):
        folder = shlex.quote(settings["remote_path"])
        lines.append("mkdir -p -- %s && cp -R . %s && cd -- %s || exit" % (folder, folder, folder))
    if settings.get("prior"):
        lines += ["{", settings["prior"], "} || exit"]
    if settings.get("post"):
        lines += ["(", settings["command"], ")", "remotejobs_exit=$?", settings["post"], "exit $remotejobs_exit"]
    else:
        lines.append(settings["command"])
    return "\n".join(lines) + "\n"


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    data = text.encode()
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o700
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        tar.addfile(member, file)


def _leaves(folder: str, path: str) -> bool:
    """Does a link lead out of the folder?"""
    target = os.readlink(path)
    inside = os.path.realpath(os.path.join(os.path.dirname(path), target))
    return os.path.isabs(target) or not (inside + "/").startswith(os.path.realpath(folder) + "/")


def _add_folder(tar: tarfile.TarFile, folder: str) -> None:
    """In the order of names and without times, owners and the like, so that the same files are the same bytes."""
    for at, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(folders + files):
            path = os.path.join(at, name)
            member = tar.gettarinfo(path, "files/" + os.path.relpath(path, folder))
            if member is None or not (member.isreg() or member.isdir() or member.issym()):
                raise RemoteJobError("%s is neither a file nor a folder" % path)
            if member.issym() and _leaves(folder, path):
                raise RemoteJobError("%s is a link that leads out of %s" % (path, folder))
            member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
            if member.isreg():
                with open(path, "rb") as file:
                    tar.addfile(member, file)
            else:
                tar.addfile(member)


def _add_files(tar: tarfile.TarFile, settings: Settings) -> None:
    folder = settings.get("local_path")
    top = tarfile.TarInfo("files")
    top.type, top.mode = tarfile.DIRTYPE, 0o700
    tar.addfile(top)
    if folder and not os.path.isdir(folder):
        raise RemoteJobError("%s is not a folder" % folder)
    if folder:
        _add_folder(tar, folder)


def _pack(settings: Settings, file: IO[bytes], everything: bool) -> None:
    """The folder as it goes over, or only what came with the settings."""
    kept = {name: value for name, value in settings.items() if name not in ("jobid", "status", "cleaned", "batch")}
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        _add_files(tar, settings)
        if everything:
            _add_text(tar, "settings.json", json.dumps(kept, sort_keys=True) + "\n")
            _add_text(tar, "job.sh", _job_script(settings))
            _add_text(tar, "run.sh", _RUN)
    file.seek(0)
