"""A fleet of workers, half of which hold leases and half wait for a task, when the server is killed; all come back at once, as soon as
it listens again. Some vanish, before the kill and once more after it, while their claims wait.

Then every lease is renewed and every result accepted; each of the waiting gets one task of those that are added; what is handed out
is held by someone who lives: no task goes to a ghost.
"""
import asyncio
import signal
import time

from ledger import SUCCEEDED, Ledger, verify_api, verify_one_lease_each, verify_store
from server import QUEUE, Client, check, p
from wire import parse, request


class Worker:
    """One connection of a worker; it connects again until it is answered, as workers do."""

    def __init__(self, server, name, token):
        self.server, self.name, self.token, self.streams, self.tries = server, name, token, None, 0

    async def once(self, method, path, body):
        if not self.streams:
            host, port = self.server.listen.split(":")
            self.streams = await asyncio.open_connection(host, int(port))
        reader, writer = self.streams
        writer.write(request(method, path, self.token, body))
        got = b""
        while not (found := parse(got)):
            more = await reader.read(65536)
            if not more:
                raise ConnectionError("closed")
            got += more
        return found[:2]

    async def ask(self, method, path, body):
        while True:
            try:
                status, answer = await self.once(method, path, body)
                if status < 500:
                    return status, answer
            except OSError:
                self.leave()
            self.tries += 1
            await asyncio.sleep(0.01)  # far less than real ones wait: all are back in the same moment

    def leave(self):
        if self.streams:
            self.streams[1].transport.abort()
        self.streams = None

    async def claim(self, wait, nonce):
        status, answer = await self.ask("POST", QUEUE + "/claim", {"worker": self.name, "wait": wait, "nonce": nonce})
        check(status == 200, f"claim: {status} {answer}")
        return answer["tasks"]

    async def finish(self, task, ledger):
        body = {"worker": self.name, "results": [{"lease": task["lease"], "exitcode": 0}]}
        status, answer = await self.ask("POST", QUEUE + "/finish", body)
        check(status == 200, f"finish: {status} {answer}")
        ledger.finish(task["id"], task["lease"], SUCCEEDED, answer["results"][0])


async def hold_on(worker, task, ledger, served):
    body = {"worker": worker.name, "leases": [task["lease"]]}
    status, answer = await worker.ask("POST", QUEUE + "/renew", body)
    served.append(time.monotonic())
    check(status == 200 and answer["leases"][0]["outcome"] == "renewed", f"a lease was lost: {answer}")
    await worker.finish(task, ledger)


async def get_one(worker, nonce, ledger, served):
    while not (tasks := await worker.claim(60, nonce)):
        nonce += "x"  # answered empty: the next claim is a new one
    served.append(time.monotonic())
    await worker.finish(tasks[0], ledger)
    return tasks[0]["id"]


async def until_parked(client, server, n):
    """So many connections are there, and what each of them sent has been read."""
    while server.descriptors() < n:
        await asyncio.sleep(0.02)
    for _ in range(3):
        client.counts()
        await asyncio.sleep(0.05)


def vanish(workers, claims):
    """They are gone without a word, in the middle of a claim."""
    for w, claim in zip(workers, claims):
        claim.cancel()
        w.leave()


async def act(server, n, figures):
    client, ledger = Client(server), Ledger()
    client.must(201, "PUT", QUEUE, {"lease_seconds": 30})
    tasks = [{"command": f"held {i}"} for i in range(n // 2)]
    ledger.add(client.add(tasks), tasks)
    workers = [Worker(server, f"w{i}", server.token()) for i in range(n)]
    holders, waiters, ghosts = workers[:n // 2], workers[n // 2:n - n // 10], workers[n - n // 10:]
    held = [(await w.claim(0, "1"))[0] for w in holders]
    served, got = [], []
    parked = [asyncio.create_task(get_one(w, "2", ledger, got)) for w in waiters]
    lost = [asyncio.create_task(w.claim(60, "2")) for w in ghosts]
    await until_parked(client, server, n)
    server.kill()
    vanish(ghosts, lost)
    returning = [asyncio.create_task(hold_on(w, t, ledger, served)) for w, t in zip(holders, held)]
    server.launch()
    while not server.ready():
        await asyncio.sleep(0.002)
    start = time.monotonic()
    await asyncio.gather(*returning)
    figures.append(f"{n} workers; {len(holders)} leases renewed and finished: first {(min(served) - start) * 1000:.0f} ms, half "
                   f"{(p(served, 0.5) - start) * 1000:.0f} ms, all {(max(served) - start) * 1000:.0f} ms after the server was ready")
    client = Client(server)
    lost = [asyncio.create_task(w.claim(60, "3")) for w in ghosts]
    await until_parked(client, server, n - len(holders))
    tasks = [{"command": f"new {i}"} for i in range(len(waiters))]
    server.process.send_signal(signal.SIGSTOP)  # so that it learns of both in one moment
    vanish(ghosts, lost)
    adding = asyncio.create_task(asyncio.to_thread(client.add, tasks))
    await asyncio.sleep(0.1)
    server.process.send_signal(signal.SIGCONT)
    start = time.monotonic()
    ledger.add(await adding, tasks)
    ids = await asyncio.gather(*parked)
    check(len(set(ids)) == len(waiters), "a task was handed out twice")
    figures.append(f"{len(waiters)} waiting claims, {len(ghosts)} ghosts before and after: each of the living got one task, half of them "
                   f"{(p(got, 0.5) - start) * 1000:.0f} ms, all {(max(got) - start) * 1000:.0f} ms after the add arrived; "
                   f"{sum(w.tries for w in workers)} tries in vain while it was away")
    check(client.counts() == {SUCCEEDED: len(holders) + len(waiters)}, f"at the end there are {client.counts()}")
    verify_one_lease_each(client)
    for w in workers:
        w.leave()
    return ledger


def run(trial):
    figures, server = [], trial.server()
    server.start()
    ledger = asyncio.run(act(server, 100 if trial.short else 1000, figures))
    verify_api(Client(server), ledger)
    server.stop()
    verify_store(server.data, ledger)
    return figures
