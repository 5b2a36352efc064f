"""Every URL of the table asked by everybody who might: used by 0275-authorisation.t.

    roles.py walk URL ROUTES TOKENS    asks each row of the file ROUTES (route.def) as each role; prints a line per row with the
                                       statuses, and what was wrong; ends with 1 if anything was

TOKENS is a directory with a token per file: owner, other, worker, runs, read, admin; worker's is for the queue worked, runs' for the dataset tabled. Each request is about things made for it alone:
a queue of the owner's with a task, a lease and a payload, whose names hold a mark that nobody else may ever be told.
"""
import http.client
import itertools
import json
import pathlib
import re
import sys

OWNER = 'owner'
ROLES = ('nobody', 'other', 'worker', 'read', 'owner', 'admin')
MARK = 'marked'
ROW = re.compile(r'X\((\w+),\s*"([^"]+)",\s*ROLE_(\w+),\s*([\w| ]+?),\s*(\w+),')
numbers = itertools.count(1)


class Server:
    def __init__(self, url, tokens):
        self.host = url.split('//')[1].rstrip('/')
        self.tokens = {f.name: f.read_text().strip() for f in pathlib.Path(tokens).iterdir()}

    def ask(self, role, method, path, body=None, media='application/json'):
        headers = {'Accept': 'application/json'}
        if body is not None:
            headers['Content-Type'] = media
        if role != 'nobody':
            headers['Authorization'] = 'Bearer ' + self.tokens[role]
        c = http.client.HTTPConnection(self.host, timeout=30)
        c.request(method, path, body, headers)
        answer = c.getresponse()
        text = answer.read().decode(errors='replace')
        c.close()
        return answer.status, text

    def must(self, role, method, path, body=None, media='application/json'):
        status, text = self.ask(role, method, path, json.dumps(body) if isinstance(body, (dict, list)) else body, media)
        if status >= 300:
            raise SystemExit(f'{role} {method} {path}: {status} {text}')
        return json.loads(text)


class Tabled:
    """What a request about a dataset is about: one of the owner's with a table that a client w holds."""

    def __init__(self, server, worked, about_sites):
        n = next(numbers)
        self.queue = 'tabled' if worked else f'{MARK}{n}'
        if not worked:
            lines = [{'dataset': {'analyze': True, 'solution': True}},
                     *({'table': f'{MARK}{i}', 'data': [['a', 'b']], 'cea': [[1, 0]], 'solution': {'cea': [[1, 0, 'Q1']]}} for i in range(3)),
                     {'end': {'tables': 3}}]
            server.must('owner', 'PUT', f'/api/v1/queues/{self.queue}/tables', '\n'.join(map(json.dumps, lines)), 'application/x-ndjson')
        face = f'/users/{OWNER}/tables/{self.queue}'
        self.table = server.must('owner', 'POST', face + '/getWork?client=w', {})['name']
        if not worked:
            done = server.must('owner', 'POST', face + '/getWork?client=w', {})['name']
            server.ask('owner', 'PUT', f'{face}/storeResult/{done}?client=w', '{"cea":[],"cpa":[],"cta":[],"errors":"odd"}')
        tasks = server.must('owner', 'GET', f'/api/v1/queues/{self.queue}/tasks?limit=1000')['tasks']
        self.id = next(t['id'] for t in tasks if t['key'] == self.table)
        self.kind = 'cea'


class Things:
    """What one request is about."""

    def __init__(self, server, worked, about_sites):
        n = next(numbers)
        self.queue = 'worked' if worked else f'{MARK}{n}'
        path = f'/api/v1/queues/{self.queue}'
        if not worked:
            server.must('owner', 'PUT', path, {})
        self.id = server.must('owner', 'POST', path + '/tasks', {'payload': f'echo {MARK}'})['ids'][0]
        claimed = server.must('owner', 'POST', path + '/claim', {'worker': 'w', 'max': 1000})['tasks']
        self.lease = next(t['lease'] for t in claimed if t['id'] == self.id)
        self.part = 'stdout'
        self.upload = self.payload = self.consumer = f'{MARK}{n}'
        server.must('owner', 'PUT', f'{path}/payloads/{self.payload}', b'bytes', 'application/octet-stream')
        server.must('owner', 'PUT', f'{path}/uploads/{self.upload}', b'{"command":"x"}\n', 'application/x-ndjson')
        server.must('owner', 'PUT', f'/api/v1/consumers/{self.consumer}', {})
        self.token = server.must('owner', 'POST', '/api/v1/tokens', {'note': MARK})['id']
        self.user = OWNER
        self.account = 'other'
        if about_sites:
            self.place(server, n)

    def place(self, server, n):
        """A site of the owner's, which an admin made, and a job there that nobody started."""
        self.site = f'{MARK}{n}'
        site = f'/api/v1/users/{OWNER}/sites/{self.site}'
        server.must('admin', 'PUT', site, {'kind': 'local', 'app': f'app{n}'})
        self.job = server.must('owner', 'POST', '/api/v1/jobs', {'site': self.site, 'command': f'echo {MARK}', 'files': {'bytes': 9, 'hash': 'x'}})['id']
        server.must('owner', 'POST', f'/api/v1/jobs/{self.job}/cancel', {})
        if self.queue != 'worked':
            server.must('owner', 'PUT', f'/api/v1/queues/{self.queue}/scale?site={self.site}', {'max_jobs': 1, 'paused': True})


BODIES = {  # what a row needs to get past its own checks: the rest is content with {}
    'api_claim': {'worker': 'w2'}, 'api_finish': {'worker': 'w', 'results': [{'lease': 'LEASE', 'exitcode': 0}]},
    'api_renew': {'worker': 'w', 'leases': ['LEASE']}, 'api_release': {'worker': 'w', 'leases': ['LEASE']}, 'api_task_add': {'command': 'true'}, 'api_task_patch': {'priority': 1},
    'api_account_put': {}, 'api_token_make': {}, 'tables_audit_lst': [], 'api_table_put': {'data': []}, 'api_table_reset': {'errors': True},
    'api_scale_put': {'max_jobs': 2, 'paused': True}, 'api_site_put': {'kind': 'local', 'app': 'mine'}, 'api_launch': {'site': 'SITE', 'partition': 'p'}, 'api_job_add': {'site': 'SITE', 'command': 'true', 'options': ['-x']},
    'tables_store_result': {'cea': [], 'cta': [], 'cpa': [], 'errors': []},
}
IMPORT = b'{"dataset":{}}\n{"end":{"tables":0}}\n'
DATASET = ('/dataset', '/tables', '/tables/{table}', '/tables/{table}/error', '/reset', '/missing', '/audit', '/evaluation', '/analysis', '/submission/{kind}', '/archive/results', '/archive/errors')
SCALE = f'?site={OWNER}/{{site}}'
QUERIES = {'api_scale_put': SCALE, 'api_scale_get': SCALE, 'api_scale_remove': SCALE, 'api_leases': '?worker=w', 'api_part_put': '?worker=w', 'api_part_get': '?worker=w', 'api_queue_delete': '?force=1',
           'tables_get_work': '?client=w2', 'tables_get_description': '?table={table}', 'tables_store_result': '?client=w', 'tables_store_error': '?client=w'}


def is_of_face(row):
    """Is it of the tables face, and about a dataset?"""
    return bool({'RUNS', 'LOOKS', 'ROUTE_TABLES'} & set(row[3].split())) and row[1] != '/test'


def is_of_dataset(row):
    return is_of_face(row) or (row[1].startswith('/api/v1/queues/{queue}/') and row[1].endswith(DATASET))


def target(row, things):
    method, path, role, flags, handler = row
    path = re.sub(r'\{(\w+)\}', lambda m: str(getattr(things, m.group(1))), path)
    if is_of_face(row):
        path = f'/users/{OWNER}/tables/{things.queue}' + path
    if path.startswith(('/api/v1/queues/', '/api/v1/sites/')):
        path = f'/api/v1/users/{OWNER}' + path[len('/api/v1'):]
    return path + QUERIES.get(handler, '').replace('{table}', getattr(things, 'table', '')).replace('{site}', getattr(things, 'site', ''))


def body_of(row, things):
    method, path, role, flags, handler = row
    if method in ('GET', 'DELETE'):
        return None, None
    if handler == 'api_table_import':
        return IMPORT, 'application/x-ndjson'
    if 'ROUTE_NDJSON' in flags and 'ROUTE_JSON' not in flags:
        return b'{"command":"y"}\n', 'application/x-ndjson'
    if 'ROUTE_RAW' in flags:
        return b'bytes', 'application/octet-stream'
    if 'ROUTE_FORM' in flags and 'ROUTE_JSON' not in flags:
        return b'', 'application/x-www-form-urlencoded'
    return json.dumps(BODIES.get(handler, {})).replace('"LEASE"', str(getattr(things, 'lease', 0))).replace('SITE', getattr(things, 'site', '')).encode(), 'application/json'


def is_about_owner(row):
    """Does the URL name something of the owner's?"""
    return '{' in row[1] or is_of_dataset(row)


def allowed(row, role, local):
    """May they ask that, as far as the table says? Whose things they are is another question."""
    method, path, needs, flags, handler = row
    if needs == 'NONE' or (needs == 'LOCAL' and local):
        return True
    if role == 'nobody':
        return False
    if role == 'worker':
        return needs == 'WORKER'
    if role == 'read':
        return (method == 'GET' or {'LOOKS', 'ROUTE_LOOK'} & set(flags.split())) and needs != 'ADMIN'
    return role == 'admin' or needs != 'ADMIN'


def blame(row, role, status, text, before, after):
    """What is wrong with an answer; None: nothing."""
    method, path, needs, flags, handler = row
    if status >= 500 and status != 501:
        return f'{role} got {status}: {text[:200]}'
    if needs == 'LOCAL':  # this machine's own monitor is told of all
        return None
    if needs == 'NONE':
        shared = row[1] == '/site/info' and role == 'other'  # some of the sites were, by rows before this one
        return None if MARK not in text or shared or role in ('owner', 'admin', 'read') else f'{role} was told of the mark'
    if not allowed(row, role, True):
        wanted = 401 if role == 'nobody' else 403
        if status != wanted:
            return f'{role} got {status}, not {wanted}: {text[:200]}'
        return None if before == after else f'{role} was refused and changed something'
    own = handler in ('api_consumer_put', 'api_consumer_get', 'api_consumer_delete', 'api_token_remove')  # of whoever asks
    if role == 'other':
        if MARK in text and f'"{MARK}' in text and not own:
            return f'other was told of the mark: {text[:200]}'
        if is_about_owner(row) and not own and status not in (403, 404):
            return f'other got {status}: {text[:200]}'
        return None if before == after else 'other changed something'
    if role == 'admin' and own:
        return None
    if handler == 'api_site_put' and role == 'owner':  # a site acts as the server's user: only admins make one
        return None if status == 403 else f'owner got {status}: {text[:200]}'
    if status in (401, 403, 404) and 'output_not_found' not in text and 'lease_not_found' not in text:
        return f'{role} got {status}: {text[:200]}'
    return None


def state(server, things):
    """All that could have been changed, as the owner sees it."""
    parts = [f'/api/v1/queues/{things.queue}', f'/api/v1/tasks/{things.id}', f'/api/v1/users/{OWNER}']
    if isinstance(things, Things):
        parts += [f'/api/v1/consumers/{things.consumer}', f'/api/v1/queues/{things.queue}/payloads/{things.payload}']
    seen = [server.ask('owner', 'GET', p) for p in parts]
    tokens = server.must('owner', 'GET', '/api/v1/tokens')['tokens']
    volatile = re.compile(r'"(rate|eta|workers|drained|rev|seen)":[^,}]*')
    return [(s, volatile.sub('', t)) for s, t in seen] + [any(t['id'] == getattr(things, 'token', None) for t in tokens)]


def walk(url, routes, tokens):
    server, wrong = Server(url, tokens), 0
    rows = [m.groups() for m in map(ROW.match, pathlib.Path(routes).read_text().splitlines()) if m]
    for row in rows:
        statuses = []
        for role in ROLES:
            about = Tabled if is_of_dataset(row) else Things
            things = about(server, role == 'worker' and row[2] == 'WORKER', re.search('/(sites|jobs|launch|scale)', row[1]))
            body, media = body_of(row, things)
            before = state(server, things)
            asks = 'runs' if role == 'worker' and about is Tabled else role
            status, text = server.ask(asks, row[0], target(row, things), body, media)
            why = blame(row, role, status, text, before, state(server, things))
            statuses.append(str(status))
            if why:
                wrong += 1
                print(f'WRONG {row[0]} {row[1]}: {why}')
        print(' '.join(statuses), row[0], row[1])
    print(f'{len(rows)} rows, {len(ROLES)} roles, {wrong} wrong')
    return wrong == 0 and len(rows) > 50


if __name__ == '__main__':
    raise SystemExit(0 if walk(*sys.argv[2:]) else 1)
