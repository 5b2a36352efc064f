"""The loop of doc/FROM-REMOTE-JOBS.md as somebody runs it; used by 0955-remotejobs.t.

    remotejobs_loop.py LOOP APP TABLE    runs the file LOOP for the application APP, with TABLE, a file of SQLite, as its database
"""
import getpass
import sqlite3
import sys

loop, app, path = sys.argv[1:]


class Database:
    def __init__(self):
        self.table = sqlite3.connect(path, isolation_level=None)
        self.table.execute('CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, last_updated TEXT, updates INTEGER DEFAULT 0)')

    def get_record(self, primary_key):
        return self.table.execute('SELECT * FROM jobs WHERE id = ?', (primary_key,)).fetchone()

    def update(self, primary_key, record_dict):
        assert record_dict['id'] == primary_key
        self.table.execute('UPDATE jobs SET last_updated = ?, updates = updates + 1 WHERE id = ?', (record_dict['last_updated'], primary_key))

    def insert(self, primary_key, record_dict):
        assert record_dict['id'] == primary_key
        self.table.execute('INSERT INTO jobs (id, last_updated) VALUES (?, ?)', (record_dict['id'], record_dict['last_updated']))


getpass.getpass = lambda: 'nobody asks for it here'
with open(loop) as text:
    exec(compile(text.read(), loop, 'exec'), {'appName': app, 'Database': Database, '__name__': '__main__'})
