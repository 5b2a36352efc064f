"""A reader of changes that keeps a table of its own, killed at random; used by 0191-consumer.t.

    consumer.py follow URL TOKEN NAME FILE   reads as the consumer NAME into the SQLite file FILE, for ever: a page is stored,
                                             then acknowledged
    consumer.py churn URL TOKEN REVISIONS    changes tasks of the queue q in every way until so many revisions have passed
    consumer.py killed URL TOKEN REVISIONS FILE SEED
                                             both at once, the reader killed -9 every now and then; prints how often, and how
                                             many tasks its table and the server disagree about once all is read
"""
import json
import random
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request


class Api:
    def __init__(self, url, token):
        self.url, self.token = url.rstrip('/') + '/api/v1/', token

    def __call__(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header('Authorization', 'Bearer ' + self.token)
        request.add_header('Content-Type', 'application/json')
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            problem = json.load(e)
            if problem['code'] == 'changes_gone':
                return problem
            raise SystemExit(f'{method} {path}: {problem}')


def open_table(path):
    table = sqlite3.connect(path, isolation_level=None)
    table.execute('CREATE TABLE IF NOT EXISTS task (id INTEGER PRIMARY KEY, queue TEXT, state TEXT, rev INTEGER)')
    table.execute('CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY, rev INTEGER)')
    return table


def store(table, page):
    """The changes of a page in one transaction; storing one twice does no harm."""
    table.execute('BEGIN')
    for change in page['changes']:
        if change['kind'] == 'task':
            task = change['task']
            table.execute('INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?)', (task['id'], task['queue'], task['state'], task['rev']))
        elif change['kind'] == 'task_deleted':
            table.execute('DELETE FROM task WHERE id = ?', (change['id'],))
        elif change['kind'] == 'queue_deleted':
            table.execute('DELETE FROM task WHERE queue = ?', (change['queue'],))
    table.execute('INSERT OR REPLACE INTO mark VALUES (1, ?)', (page['since'],))
    table.execute('COMMIT')


def follow(url, token, name, path):
    api, table = Api(url, token), open_table(path)
    while True:
        page = api('GET', f'changes?consumer={name}&wait=2&limit={random.choice([1, 50, 300, 1000])}')
        if page.get('code') == 'changes_gone':
            table.execute('DELETE FROM task')
            api('PUT', f'consumers/{name}', {'rev': 0})
            continue
        store(table, page)
        api('PUT', f'consumers/{name}', {'rev': page['since']})


def newest(api):
    """A revision that is newer than all there was."""
    return api('PUT', 'queues/clock', {})['rev']


def churn(url, token, revisions):
    """Adds, claims, finishes, gives back, cancels, reruns, deletes, until so many revisions have passed."""
    api, chance = Api(url, token), random.Random(1)
    start = newest(api)
    while newest(api) < start + revisions:
        queue = chance.choice(['q', 'q', 'q', 'gone'])
        api('PUT', f'queues/{queue}', {})
        api('POST', f'queues/{queue}/tasks', {'tasks': [{'command': 'x'}] * chance.randint(1, 700)})
        tasks = api('POST', f'queues/{queue}/claim', {'worker': 'w', 'max': chance.randint(1, 700)})['tasks']
        kept = [t['lease'] for t in tasks if chance.random() < 0.8]
        if kept:
            results = [{'lease': lease, 'exitcode': chance.choice([0, 0, 1])} for lease in kept]
            api('POST', f'queues/{queue}/finish', {'worker': 'w', 'results': results})
        back = [t['lease'] for t in tasks if t['lease'] not in set(kept)]
        if back:
            api('POST', f'queues/{queue}/release', {'worker': 'w', 'leases': back})
        verb = chance.choice(['cancel', 'rerun', 'retry', 'delete', 'delete', 'revive', None])
        if verb:
            api('POST', f'queues/{queue}/{verb}', {})
        if queue == 'gone' and chance.random() < 0.5:
            api('DELETE', 'queues/gone?force=1')
    if any(q['queue'] == 'gone' for q in api('GET', 'queues')['queues']):
        api('DELETE', 'queues/gone?force=1')
    api('POST', 'queues/q/tasks', {'tasks': [{'command': 'x'}] * 100})  # the last verb may have deleted all there were


def spawn(*what):
    return subprocess.Popen([sys.executable, __file__, *what])


def tasks_of(api):
    tasks, cursor = {}, 0
    while cursor is not None:
        page = api('GET', f'queues/q/tasks?limit=1000&cursor={cursor}')
        tasks.update({t['id']: (t['state'], t['rev']) for t in page['tasks']})
        cursor = page['next']
    return tasks


def killed(url, token, revisions, path, seed):
    api, chance, kills = Api(url, token), random.Random(seed), 0
    api('PUT', 'consumers/reader', {})
    changer = spawn('churn', url, token, str(revisions))
    while changer.poll() is None or kills < 5:
        reader = spawn('follow', url, token, 'reader', path)
        time.sleep(0.15 + chance.random() * 0.4)
        reader.kill()
        reader.wait()
        kills += 1
    if changer.returncode:
        raise SystemExit('the changes failed')
    while any(q['operations'] for q in api('GET', 'queues')['queues']):
        time.sleep(0.1)
    end = newest(api)
    reader = spawn('follow', url, token, 'reader', path)
    while api('GET', 'consumers/reader')['rev'] < end:
        time.sleep(0.1)
    reader.kill()
    reader.wait()
    mine = {i: (state, rev) for i, state, rev in open_table(path).execute("SELECT id, state, rev FROM task")}
    theirs = tasks_of(api)
    wrong = [i for i in mine.keys() | theirs.keys() if mine.get(i) != theirs.get(i)]
    print(f'{end} revisions, {kills} kills, {len(theirs)} tasks left, {len(wrong)} disagree')
    raise SystemExit(1 if wrong or not theirs else 0)


if __name__ == '__main__':
    what, args = sys.argv[1], sys.argv[2:]
    if what == 'follow':
        follow(*args)
    elif what == 'churn':
        churn(args[0], args[1], int(args[2]))
    else:
        killed(args[0], args[1], int(args[2]), args[3], int(args[4]))
