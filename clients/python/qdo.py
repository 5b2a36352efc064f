"""The module qdo on docket: programs that `import qdo` run on, with nothing but the standard library and docket.py beside this file.

    import qdo

    q = qdo.connect("bricks", create_ok=True)
    q.add_multiple(f"./brick.sh {name}" for name in names)
    while (task := q.get(timeout=10)) is not None:
        try:
            work(task.task)
        except Exception as e:
            task.set_state(qdo.Task.FAILED, err=1, message=str(e))
        else:
            task.set_state(qdo.Task.SUCCEEDED)

Queues are those of the server that docket's verbs find (DOCKET_SERVER and DOCKET_TOKEN_FILE, else the one that runs here). A task is a string,
which workers run as a command in the directory it was added from, or anything else that JSON can say.

What get() has handed out is held under a lease of the queue's face_lease_seconds (a day unless the queue says otherwise), which is renewed in
the background while this process lives and given back when it ends in order: at the end of the program, by an exception, by Ctrl-C. SIGTERM
would end it without a word, so the first get() takes that signal, if nobody else has (a handler, SIG_IGN) and we are in the main thread:
what is held goes back, and the process ends by SIGTERM all the same. A program that sets a handler of its own later has it its way.

Where qdo raised a ValueError (no such queue, no such task, a bad state or name) so does this; docket.ServerAway and docket.DocketError are the
rest.
"""
from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union
from urllib.parse import quote

import docket

__all__ = ["Queue", "Task", "connect", "create", "qlist", "queues", "tojson", "use", "valid_queue_name", "WAITING", "PENDING", "RUNNING",
           "SUCCEEDED", "FAILED", "KILLED", "VALID_STATES"]

WAITING, PENDING, RUNNING, SUCCEEDED, FAILED, KILLED = VALID_STATES = ("Waiting", "Pending", "Running", "Succeeded", "Failed", "Killed")
ACTIVE, PAUSED = "Active", "Paused"

FACE_LEASE_SECONDS = 86400.0  # of a server that does not say
NEEDS_MOST = 1000             # LIMIT_AFTER

Json = Any
Needs = Union[None, int, "Task", Sequence[Union[int, "Task"]]]

_lock = threading.Lock()
_default: Optional[docket.Client] = None
_took_sigterm = False


# ---- the server

def use(client: docket.Client) -> None:
    """From now on queues are those of this client; without it, of docket.Client()."""
    global _default
    _default = client


def _client() -> docket.Client:
    global _default
    with _lock:
        if _default is None:
            _default = docket.Client()
        return _default


@contextlib.contextmanager
def _as_values() -> Iterator[None]:
    """What is wrong with what was asked for is a ValueError, as it was in qdo."""
    try:
        yield
    except docket.DocketError as e:
        if e.status in (400, 404, 409):
            raise ValueError(str(e)) from e
        raise


def _on_sigterm(number: int, _frame: Any) -> None:
    with contextlib.suppress(Exception):  # it has to end
        docket.give_all_back()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _take_sigterm() -> None:
    global _took_sigterm
    if _took_sigterm or threading.current_thread() is not threading.main_thread():
        return
    _took_sigterm = True
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _on_sigterm)


# ---- queues

def valid_queue_name(name: str) -> bool:
    """May a queue be called so?"""
    try:
        docket.check_queue_name(name)
    except ValueError:
        return False
    return True


def create(name: str, user: Optional[str] = None) -> Queue:
    """Makes a queue; one that is there stays as it is. ValueError: a bad name."""
    queue = Queue(_client().queue(name, user))
    with _as_values():
        queue._look(queue._of.create())
    return queue


def connect(name: str, user: Optional[str] = None, create_ok: bool = False) -> Queue:
    """A queue that exists; with create_ok it is made if there is none. ValueError: there is none, or a bad name."""
    queue = Queue(_client().queue(name, user))
    try:
        queue._look(queue._of.get())
    except docket.DocketError as e:
        if e.code == "queue_not_found" and create_ok:
            return create(name, user)
        if e.status in (400, 404):
            raise ValueError(str(e)) from e
        raise
    return queue


def qlist(user: Optional[str] = None) -> List[Queue]:
    """The queues of a user, by name; without one, one's own."""
    client = _client()
    own = list(client.queues())
    if user is None or (own and own[0]["owner"] == user):
        return [Queue(client.queue(found["queue"]))._look(found) for found in own]
    with _as_values():
        rows = client.call("GET", f"/users/{quote(user, safe='')}/queues/")
    return [Queue(client.queue(row["name"], user)) for row in rows]


queues = qlist


def tojson(thing: Union[Queue, Task, Sequence[Any]], **how: Any) -> str:
    """A queue, a task, or a list of them as JSON; `how` is for json.dumps."""
    return json.dumps(_plain(thing), **how)


def _plain(thing: Any) -> Json:
    if isinstance(thing, Queue):
        return thing.status()
    if isinstance(thing, Task):
        return {name: getattr(thing, name) for name in Task.SHOWN}
    if isinstance(thing, (list, tuple, set)):
        return [_plain(one) for one in thing]
    return thing


class Queue:
    """A queue, as create, connect and qlist answer it. name: its name."""

    def __init__(self, of: docket.Queue):
        self._of = of
        self.name = of.name
        self._user: Optional[str] = of.owner
        self._lease: Optional[float] = None

    def __repr__(self) -> str:
        try:
            counts = ", ".join(f"{n} {state}" for state, n in self.status()["ntasks"].items() if n) or "empty"
        except (docket.DocketError, ValueError) as e:
            counts = str(e)
        return f"<qdo.Queue {self.name}: {counts}>"

    def _look(self, found: Dict[str, Json]) -> Queue:
        self._user = found["owner"]
        self._lease = float(found.get("face_lease_seconds") or FACE_LEASE_SECONDS)
        return self

    def _get(self) -> Dict[str, Json]:
        with _as_values():
            found = self._of.get()
        self._look(found)
        return found

    @property
    def user(self) -> str:
        """Whose it is."""
        if self._user is None:
            self._get()
        return str(self._user)

    @property
    def state(self) -> str:
        """Active, or Paused."""
        return str(self.status()["state"])

    # -- adding

    def add(self, task: Json, priority: Optional[int] = None, requires: Needs = None) -> int:
        """Adds a task: a string, or what JSON can say. requires: those that must have succeeded before (ids or Tasks). Its id."""
        with _as_values():
            return self._of.add(_new(task, priority, _ids(requires)))

    def add_multiple(self, tasks: Iterable[Json], requires: Union[Needs, Sequence[Needs]] = None,
                     priority: Union[None, int, Sequence[int]] = None) -> int:
        """Adds any number of tasks, as they come; how many. requires: ids or Tasks, the same for all of them, or a list of such
        lists, one for each; so priority. Over a restart of the server, too, each is added once."""
        with _as_values():
            return self._of.add_many(_all_new(tasks, requires, priority)).added

    # -- taking

    def get(self, timeout: float = 10) -> Optional[Task]:
        """The next task, which is Running then; None when none has come within `timeout` seconds, or the queue is paused."""
        _take_sigterm()
        if self._lease is None:
            self._get()
        with _as_values():
            lease = self._of.take(timeout or 0, self._lease)
        return Task(self, _from_lease(lease), lease) if lease else None

    # -- looking

    def tasks(self, state: Optional[str] = None, exitcode: Optional[int] = None, id: Optional[int] = None) -> Any:
        """Its tasks, in the order they were added: all, those in a state, those that ended with an exit code; with id, that Task.
        ValueError: no such task, no such state."""
        if id is not None:
            return self._task(id)
        word = valid_state(state).lower() if state is not None else None
        with _as_values():
            return [Task(self, row) for row in self._of.tasks(state=word, exitcode=exitcode)]

    def _task(self, id: int) -> Task:
        with _as_values():
            row = self._of.client.task(int(id))
        if row["queue"] != self.name or row["owner"] != self.user:
            raise ValueError(f"there is no task {id} in the queue '{self.name}'")
        return Task(self, row)

    def status(self) -> Dict[str, Json]:
        """name, user, state, and ntasks: how many tasks are in each state."""
        found = self._get()
        return {"name": found["queue"], "user": found["owner"], "state": PAUSED if found["state"] == "paused" else ACTIVE,
                "ntasks": {state: found["counts"][state.lower()] for state in VALID_STATES}}

    def summary(self) -> str:
        """The same as text, in the columns of `qdo list`."""
        status = self.status()
        shown = VALID_STATES[:5]
        head = _ROW % (("QueueName", "State") + shown)
        return head + "\n" + _ROW % ((status["name"], status["state"]) + tuple(status["ntasks"][state] for state in shown))

    # -- what may happen to it

    def retry(self, exitcode: Optional[int] = None) -> Optional[int]:
        """Failed tasks, or those of them that ended with an exit code, become Pending. How many; None: very many."""
        with _as_values():
            return self._of.retry(**_given(exitcode=exitcode))

    def recover(self, dead: bool = False) -> Optional[int]:
        """Running tasks become Pending, whoever is at them; with dead only those whose worker has not been heard of in time."""
        with _as_values():
            return self._of.recover(dead=dead)

    def rerun(self, exitcode: Optional[int] = None) -> Optional[int]:
        """All tasks that ended, or those with an exit code, become Pending; without one, Running tasks too."""
        with _as_values():
            recovered = self._of.recover() if exitcode is None else 0
            again = self._of.rerun(**_given(exitcode=exitcode))
        return None if again is None or recovered is None else again + recovered

    def revive(self, priority: Optional[int] = 2) -> Optional[int]:
        """Killed tasks become Pending, with this priority."""
        with _as_values():
            return self._of.revive(priority=priority)

    def pause(self) -> None:
        """get() hands out nothing from now on; what runs goes on."""
        with _as_values():
            self._of.pause()

    def resume(self) -> None:
        """Hands out tasks again."""
        with _as_values():
            self._of.resume()

    def delete(self, force: bool = False) -> None:
        """Removes the queue with all of its tasks. ValueError: tasks run, and there is no force."""
        with _as_values():
            self._of.delete(force)

    def launch(self, nworkers: int = 1, **options: Json) -> Json:
        """Starts batch jobs that work on the queue: jobs (so many), cores_per_worker, walltime ("4:00:00"), batchqueue, batchopts, script, keep_env;
        site. {"jobid", "jobids", "batches", "site"}. docket.DocketError with the reason where it cannot: of the server, or in the site's words."""
        return self._of.client.call("POST", self._url("launch"), {"nworkers": nworkers, **options}, repeatable=False, timeout=docket.SITE_SECONDS)

    def set_task_state(self, id: int, state: str, err: Optional[int] = None, message: Optional[str] = None) -> None:
        """Brings a task to a state, by its id; also one that another process got."""
        state = valid_state(state)
        mine = next((lease for lease in self._of.client.held() if lease.id == int(id)), None)
        task = Task(self, _from_lease(mine), mine) if mine else self._task(id)
        task.set_state(state, err, message)

    def _url(self, *tail: Any) -> str:
        return "/".join(["/users", quote(self.user, safe=""), "queues", quote(self.name, safe=""), *map(str, tail)])


_ROW = "%-20s %8s %7s %8s %8s %9s %8s"


def _given(**filters: Json) -> Dict[str, Json]:
    return {name: value for name, value in filters.items() if value is not None}


def _ids(requires: Needs) -> List[int]:
    """Of tasks, or of one."""
    if requires is None:
        return []
    many = [requires] if isinstance(requires, (int, Task)) else list(requires)
    if len(many) > NEEDS_MOST:
        raise ValueError(f"a task can wait for {NEEDS_MOST} others at most, not for {len(many)}")
    return [one.id if isinstance(one, Task) else int(one) for one in many]


def _new(task: Json, priority: Optional[int], needs: Sequence[int]) -> Dict[str, Json]:
    """The fields of a task to add."""
    if task is None or isinstance(task, Task):
        raise ValueError("a task is a string or what JSON can say" + ("; of a Task, that is its .task" if task else ", but not None"))
    fields = docket.as_task(task) if isinstance(task, str) else {"payload": task}
    if priority is not None:
        fields["priority"] = int(priority)
    if needs:
        fields["after"] = list(needs)
    return fields


def _all_new(tasks: Iterable[Json], requires: Any, priority: Any) -> Iterator[Dict[str, Json]]:
    each_needs = _one_each(requires, lambda one: one is None or isinstance(one, (list, tuple, set)))
    each_priority = _one_each(priority, lambda one: True)
    if isinstance(tasks, (str, bytes, Mapping)):
        raise ValueError("add_multiple takes many tasks; for one there is add")
    same = _ids(requires) if each_needs is None else []
    for task in tasks:
        needs = same if each_needs is None else _ids(_next(each_needs, "requires"))
        yield _new(task, priority if each_priority is None else _next(each_priority, "priority"), needs)
    for rest, name in ((each_needs, "requires"), (each_priority, "priority")):
        if rest is not None and next(rest, rest) is not rest:
            raise ValueError(f"{name} is longer than the list of tasks")


def _one_each(given: Any, fits: Any) -> Optional[Iterator[Any]]:
    """An iterator where one is given for each task; None where one is given for all."""
    if not isinstance(given, (list, tuple)) or not given or not all(fits(one) for one in given):
        return None
    return iter(given)


def _next(of: Iterator[Any], name: str) -> Any:
    try:
        return next(of)
    except StopIteration:
        raise ValueError(f"{name} is shorter than the list of tasks") from None


# ---- tasks

def valid_state(state: str) -> str:
    """A state as qdo writes it. ValueError: it is none."""
    word = state.capitalize() if isinstance(state, str) else ""
    if word not in VALID_STATES:
        raise ValueError(f"{state!r} is no state: {', '.join(VALID_STATES)}")
    return word


def _from_lease(lease: docket.Lease) -> Dict[str, Json]:
    row = {"id": lease.id, "state": "running", "attempt_count": lease.attempt}
    return {**row, "command": lease.command} if lease.command is not None else {**row, "payload": lease.payload}


class Task:
    """A task, as it was when it was looked at. id; task: the string or what else was added; state; err: the exit code, None before; message;
    created, started, finished: times or None; attempts: how often it was tried."""

    WAITING, PENDING, RUNNING, SUCCEEDED, FAILED, KILLED = VALID_STATES
    VALID_STATES = VALID_STATES
    SHOWN = ("id", "task", "state", "err", "message", "jobid", "priority", "requires", "created", "started", "finished", "attempts")
    __slots__ = ("queue", "id", "state", "err", "message", "jobid", "_row", "_lease")

    def __init__(self, queue: Queue, row: Dict[str, Json], lease: Optional[docket.Lease] = None):
        self.queue, self._row, self._lease = queue, row, lease
        self.id = int(row["id"])
        self.state = valid_state(row["state"])
        self.err: Optional[int] = row.get("exitcode")
        self.message: Optional[str] = row.get("message")
        self.jobid: Optional[str] = None  # no batch jobs yet

    def __repr__(self) -> str:
        words = repr(self.task)
        return f"<qdo.Task {self.id}: {self.state}{'' if self.err is None else f' ({self.err})'} {words if len(words) < 80 else words[:77] + '…'}>"

    @property
    def task(self) -> Json:
        if self._row.get("command") is not None:
            return self._row["command"]
        if "payload" not in self._row and "payload_size" in self._row:  # a large one, which lists leave out
            self._row["payload"] = self.queue._of.client.payload(self.id)
        return self._row.get("payload")

    def _more(self, name: str) -> Json:
        """What neither a list nor a lease tells is asked for when it is wanted."""
        if name not in self._row:
            with _as_values():
                self._row = {**self.queue._of.client.task(self.id), **self._row}
        return self._row[name]

    @property
    def priority(self) -> int:
        return int(self._more("priority"))

    @property
    def requires(self) -> List[int]:
        """The ids of those that it waits for or waited for, a hundred at most."""
        return [need["id"] for need in self._more("after")]

    @property
    def created(self) -> Optional[str]:
        return self._more("created")  # type: ignore[no-any-return]

    @property
    def started(self) -> Optional[str]:
        return self._more("started")  # type: ignore[no-any-return]

    @property
    def finished(self) -> Optional[str]:
        return self._more("finished")  # type: ignore[no-any-return]

    @property
    def attempts(self) -> int:
        return int(self._more("attempt_count"))

    def set_state(self, state: str, err: Optional[int] = None, message: Optional[str] = None) -> None:
        """Brings the task to a state. err: the exit code that goes with Succeeded (0) and Failed (1 unless given). Stored when this returns.

        A task that this process got is finished or given back by its own lease. ValueError: no such state; a change that is not possible;
        or the task is not this process's any more (it was recovered, cancelled, or deleted; a result is kept beside its attempt).
        """
        state = valid_state(state)
        err = _exit_code(state, err)
        if self._lease is not None and self._lease.outcome not in ("accepted", "repeated", "released") and state in (SUCCEEDED, FAILED, PENDING):
            self._by_lease(self._lease, state, err, message)
        elif not (self._lease is not None and self._lease.is_open and state == RUNNING):
            self._by_name(state, err, message)
        self.state, self.err = state, err
        self.message = message

    def _by_lease(self, lease: docket.Lease, state: str, err: Optional[int], message: Optional[str]) -> None:
        outcome = lease.release() if state == PENDING else lease.finish(err or 0, message=message)
        if outcome not in ("accepted", "repeated", "released"):
            raise ValueError(f"task {self.id} is not this process's any more: its lease had ended")

    def _by_name(self, state: str, err: Optional[int], message: Optional[str]) -> None:
        body = {"state": state, **_given(err=err, message=message)}
        with _as_values():
            self.queue._of.client.call("PUT", self.queue._url("tasks", self.id), body)
        if self._lease is not None and self._lease.is_open:  # it was ended from outside, as it were
            self._lease.release()


def _exit_code(state: str, err: Optional[int]) -> Optional[int]:
    if state == SUCCEEDED and err:
        raise ValueError(f"a task that succeeded has the exit code 0, not {err}")
    if state == FAILED:
        return int(err) if err else 1
    return 0 if state == SUCCEEDED else None
