"""Workers beside ten thousand claims that wait on another queue, and without them."""
import contextlib

from contest import Contender, contest, show
from parking import parked
from servers import Docket

CLAIMS, CONNECTIONS = 10_000, 64
TITLE = 'claim + finish beside 10,000 parked claims'


def run(lab, o, part):
    claims = CLAIMS if not o.quick else CLAIMS // 10

    @contextlib.contextmanager
    def beside(server):
        with parked(server, 'idle', claims):
            yield

    alone = Contender('docket', Docket)
    crowded = Contender(f'docket beside {claims:,} parked claims', Docket, beside=beside)
    contest(lab, o, [alone, crowded], [CONNECTIONS])
    rates = [show(part, c, CONNECTIONS) for c in (alone, crowded)]
    part.at_least('beside parked claims : without', rates[1] / rates[0], 0.9)
