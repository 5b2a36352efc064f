"""Claim and finish, one task each: the same work handed out by docket and by what people would use instead."""
from contest import Contender, contest, show
from servers import Beanstalkd, Docket, Postgres, Redis

CONNECTIONS = (64, 256)
TITLE = 'claim + finish, one task each, durable, 100 bytes each'


def run(lab, o, part):
    together = Contender('docket, finish and claim in one request', Docket)
    apart = Contender('docket, two requests', Docket, ('--apart',))
    redis = Contender('Redis Streams, XREADGROUP, then XACK', Redis, ('--apart',))
    both = Contender('Redis Streams, XACK and XREADGROUP in one write', Redis)
    beanstalkd = Contender('beanstalkd -f0, reserve, then delete', Beanstalkd, ('--apart',), most_a_second=20_000,
                           durable_requests='cycles')
    postgres = Contender('PostgreSQL, SKIP LOCKED', Postgres, most_a_second=20_000)
    contenders = [together, redis, apart, both, beanstalkd, postgres]
    contest(lab, o, contenders, CONNECTIONS)
    for connections in CONNECTIONS:
        rate = {c.name: show(part, c, connections) for c in contenders}
        beside = f', {connections} connections'
        part.at_least(f'one request : Redis Streams{beside}', rate[together.name] / rate[redis.name], 1.1)
        part.at_least(f'one request : beanstalkd{beside}', rate[together.name] / rate[beanstalkd.name], 4)
        part.at_least(f'one request : PostgreSQL{beside}', rate[together.name] / rate[postgres.name], 5)
        part.at_least(f'two requests : Redis Streams{beside}', rate[apart.name] / rate[redis.name], 0.7)
        part.figure(f'one request : Redis Streams in one write{beside}', [rate[together.name] / rate[both.name]], '×',
                    'nothing asked')
    part.say('Durable: ' + '; '.join(f'{c.name}: {c.durable}' for c in (Docket, Redis, Beanstalkd, Postgres))
             + '. beanstalkd logs deletes, not reserves: only those count as durable answers there.')
