"""Runs the example in a file as a program that somebody typed, the password given where it asks for one, and looks at what it has
afterwards; used by 0870-requests.t.

    requests_example.py FILE PASSWORD
"""
import getpass
import sys

path, password = sys.argv[1:]
getpass.getpass = lambda *_: password
seen = []


def names(text):
    """The example, run up to each point where it has a response in `r`, which it then forgets."""
    scope = {}
    for statement in text.split('\n\n'):
        for line in statement.replace('\\\n', '').splitlines():
            exec(compile(line, path, 'exec'), scope)
            if line.startswith('r = '):
                seen.append(scope['r'])
    return scope


scope = names(open(path, encoding='utf-8').read())
key, user, session, base = (scope[n] for n in ('qdo_authkey', 'qdo_username', 's', 'baseurl'))
login, with_cookies, again, with_session = seen
assert [r.status_code for r in seen] == [200, 200, 200, 200], [r.status_code for r in seen]
assert user == 'sjbailey' and login.cookies['qdo_authkey'] == login.json()['qdo_authkey'] == key and login.json()['expiration']
assert with_cookies.json() == with_session.json() == [], with_cookies.text

queues = f'{base}/{user}/queues/'
assert session.put(queues + 'survey').status_code == 201
assert session.post(queues + 'survey/addtask/', {'command': 'echo hello'}).status_code == 201
assert session.get(queues + 'survey/tasks/').json()[0]['task'] == 'echo hello'
task = session.post(queues + 'survey/poptask').json()
assert task['state'] == 'Running' and session.post(queues + 'survey/poptask').json() is None
done = session.put(f'{queues}survey/tasks/{task["id"]}', {'state': 'Succeeded', 'message': 'fine'})
assert done.status_code == 200 and done.json()['state'] == 'Succeeded' and done.json()['message'] == 'fine', done.text
assert session.get(queues).json()[0]['ntasks']['Succeeded'] == 1
assert all(r.headers['Content-Type'] == 'application/json' for r in (with_cookies, done))
print('as it should be')
