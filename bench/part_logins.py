"""Wrong passwords, 200 a second for a minute, while workers claim and finish."""
import contextlib
import copy

from contest import Contender, contest, show
from lab import Failure
from servers import Docket
from wrong_logins import A_SECOND, WrongLogins

CONNECTIONS, SECONDS, ROUNDS = 64, 60, 2
TITLE = f'{A_SECOND} sign-ins a second with wrong passwords for a minute, while workers work'


def run(lab, o, part):
    o = copy.copy(o)
    if not o.quick:
        o.seconds, o.rounds = SECONDS, ROUNDS
    tried = []

    def under_attack(many_addresses):
        @contextlib.contextmanager
        def beside(server):
            with WrongLogins(server, many_addresses) as logins:
                yield
            if logins.answers[200] or logins.tried < logins.seconds * A_SECOND * (0.2 if o.quick else 0.8):
                raise Failure(f'sign-ins: {logins.tried}, {dict(logins.answers)} in {logins.seconds:.1f} s')
            tried.append((many_addresses, logins))
        return beside

    contenders = [Contender('without sign-ins', Docket),
                  Contender('from one address', Docket, beside=under_attack(False)),
                  Contender('each from another address', Docket, beside=under_attack(True))]
    contest(lab, o, contenders, [CONNECTIONS])
    rates = [show(part, c, CONNECTIONS) for c in contenders]
    for many, words in ((False, 'from one address'), (True, 'each from another')):
        of = [l for m, l in tried if m is many]
        part.figure(f'tried {words}', [l.tried / l.seconds for l in of], '/s',
                    ', '.join(f'{sum(l.answers[s] for l in of)} × {s}' for s in sorted(set().union(*(l.answers for l in of)))))
    part.at_least('from one address : without', rates[1] / rates[0], 0.9)
    part.at_least('each from another : without', rates[2] / rates[0], 0.9)
