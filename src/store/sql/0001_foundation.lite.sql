-- The first schema. What changes with every step of a task is kept small and apart from what never changes:
-- task (mutable, narrow), spec (what was added), lease (only open ones), attempt (appended when a lease closes).
-- An index on task needs a measured reason: claims, due times and the few failed ones have one.
CREATE TABLE mark (             -- one row: the newest revision, and the newest moment the store has seen
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    rev INTEGER NOT NULL,
    at  INTEGER NOT NULL
);
INSERT INTO mark VALUES (1, 0, 0);

CREATE TABLE account (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT    NOT NULL UNIQUE,
    created INTEGER NOT NULL
);

CREATE TABLE queue (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account      INTEGER NOT NULL REFERENCES account (id),
    name         TEXT    NOT NULL,
    paused       INTEGER NOT NULL,
    lease_us     INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    max_crashes  INTEGER NOT NULL,
    backoff_us   INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    rev          INTEGER NOT NULL,
    UNIQUE (account, name)
);

CREATE TABLE counter (          -- tasks by state: kept, not counted
    queue INTEGER NOT NULL REFERENCES queue (id),
    state INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (queue, state)
) WITHOUT ROWID;

CREATE TABLE task (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    queue      INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    event      INTEGER NOT NULL,
    priority   INTEGER NOT NULL,
    leases     INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    crashes    INTEGER NOT NULL,
    lease      INTEGER,
    exitcode   INTEGER,
    not_before INTEGER,
    created    INTEGER NOT NULL,
    started    INTEGER,
    finished   INTEGER,
    rev        INTEGER NOT NULL
);
CREATE INDEX task_pending ON task (queue, priority DESC, id) WHERE state = :PENDING;
CREATE INDEX task_waiting ON task (not_before) WHERE state = :WAITING;
CREATE INDEX task_ended_badly ON task (queue, state, id) WHERE state >= :FAILED;

CREATE TABLE spec (
    task       INTEGER PRIMARY KEY,
    key        TEXT,
    command    TEXT,
    payload    TEXT,
    cwd        TEXT,
    env        TEXT,
    time_limit INTEGER
);

CREATE TABLE task_key (
    queue INTEGER NOT NULL,
    key   TEXT    NOT NULL,
    task  INTEGER NOT NULL,
    PRIMARY KEY (queue, key)
) WITHOUT ROWID;

CREATE TABLE lease (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    task    INTEGER NOT NULL,
    queue   INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    prev    INTEGER,
    worker  TEXT    NOT NULL,
    started INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    begun   INTEGER NOT NULL
);
CREATE INDEX lease_until ON lease (until);

CREATE TABLE attempt (
    lease         INTEGER PRIMARY KEY,
    task          INTEGER NOT NULL,
    queue         INTEGER NOT NULL,
    n             INTEGER NOT NULL,
    prev          INTEGER,
    worker        TEXT    NOT NULL,
    started       INTEGER NOT NULL,
    finished      INTEGER NOT NULL,
    outcome       INTEGER NOT NULL,
    exitcode      INTEGER,
    message       TEXT,
    stdout_size   INTEGER,
    stderr_size   INTEGER,
    late_at       INTEGER,
    late_exitcode INTEGER,
    late_message  TEXT
);

CREATE TABLE body (             -- outputs and results, by lease
    kind  INTEGER NOT NULL,
    ref   INTEGER NOT NULL,
    bytes BLOB    NOT NULL,
    PRIMARY KEY (kind, ref)
) WITHOUT ROWID;

CREATE TABLE worker (
    queue       INTEGER NOT NULL REFERENCES queue (id),
    name        TEXT    NOT NULL,
    seen        INTEGER NOT NULL,
    nonce       TEXT,
    first_lease INTEGER,
    last_lease  INTEGER,
    PRIMARY KEY (queue, name)
) WITHOUT ROWID;

CREATE TABLE upload (
    queue   INTEGER NOT NULL REFERENCES queue (id),
    name    TEXT    NOT NULL,
    lines   INTEGER NOT NULL,
    added   INTEGER NOT NULL,
    existed INTEGER NOT NULL,
    PRIMARY KEY (queue, name)
) WITHOUT ROWID;

CREATE TABLE operation (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    queue    INTEGER NOT NULL REFERENCES queue (id),
    event    INTEGER NOT NULL,
    state    INTEGER,
    exitcode INTEGER,
    worker   TEXT,
    killed   INTEGER NOT NULL,
    upto     INTEGER NOT NULL,
    cursor   INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    created  INTEGER NOT NULL
);
