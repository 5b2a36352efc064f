"""A hundred tasks a request: docket, PostgreSQL with a hundred a statement, and the store alone doing the same statements."""
from contest import Contender, contest, show
from lab import settle
from servers import OWNER, QUEUE, Docket, Postgres

BATCH, CONNECTIONS = 100, (8, 64)
TITLE = 'claim + finish, 100 tasks a request, durable, 100 bytes each'
MOST_A_SECOND = 250_000


class Floor(Docket):
    """docket makes and fills the store; floor.c works it off, on the core that the server would have."""

    def cycles(self, connections, seconds, batch):
        self.stop()
        settle()
        process = self.lab.server([self.lab.tool('floor'), self.data / 'docket.db', OWNER, QUEUE, seconds, batch], self.env())
        found = self.lab.result(process)
        self.start()
        return {**found, 'requests': found['cycles'] // batch, 'empty': 0, 'lost': 0}


def run(lab, o, part):
    docket = Contender('docket, finish and claim in one request', Docket, ('--batch', BATCH), MOST_A_SECOND)
    postgres = Contender('PostgreSQL, 100 a statement', Postgres, (BATCH,), MOST_A_SECOND // 2)
    floor = Contender('SQLite alone, 100 a commit', Floor, (BATCH,), MOST_A_SECOND, only=(1,))
    docket.only = postgres.only = CONNECTIONS
    contest(lab, o, [docket, postgres, floor], (1, *CONNECTIONS))
    alone = show(part, floor, 1)
    for connections in CONNECTIONS:
        ours, theirs = (show(part, c, connections) for c in (docket, postgres))
        beside = f', {connections} connections'
        part.at_least(f'docket{beside}', ours, 100_000, 'cycles/s')
        part.at_least(f'docket : PostgreSQL{beside}', ours / theirs, 1.2)
        part.at_least(f'docket : SQLite alone{beside}', ours / alone, 0.6)
