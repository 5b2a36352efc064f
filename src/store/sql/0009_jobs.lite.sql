-- Sites: places where jobs run. Jobs: what was started there, or is to be. Scales: as many jobs for a queue as its backlog deserves.
CREATE TABLE site (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    account  INTEGER NOT NULL REFERENCES account (id),
    name     TEXT    NOT NULL,
    kind     TEXT    NOT NULL,  -- local, ssh, slurm
    settings TEXT    NOT NULL,  -- JSON: how it is reached, what jobs ask for where nothing is said
    found    TEXT    NOT NULL,  -- JSON: what a check found out
    fixed    INTEGER NOT NULL,  -- it stands in a settings file, or is there by itself
    state    INTEGER NOT NULL,  -- 0 new, 1 up, 2 away, 3 needs a login
    message  TEXT,              -- why, in words
    seen     INTEGER,           -- when it last answered
    synced   INTEGER,           -- when its jobs were last looked at
    created  INTEGER NOT NULL,
    rev      INTEGER NOT NULL,
    UNIQUE (account, name)
);

CREATE TABLE site_share (       -- who else may start jobs there
    site    INTEGER NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (site, account)
) WITHOUT ROWID;

CREATE TABLE job (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    account  INTEGER NOT NULL,
    site     INTEGER NOT NULL,
    app      TEXT    NOT NULL,  -- ~/.APP/HASH_N on the far side
    hash     TEXT    NOT NULL,
    n        INTEGER NOT NULL,
    name     TEXT,
    submission TEXT  NOT NULL,  -- no other has it: the far side knows by it what it has begun already
    settings TEXT    NOT NULL,  -- JSON, as the far side's settings.json has it
    queue    INTEGER,           -- its workers work that one
    scale    INTEGER,           -- the scale it was started for
    workers  INTEGER NOT NULL,
    cores    INTEGER NOT NULL,  -- of each worker
    walltime INTEGER NOT NULL,  -- 0: none
    state    INTEGER NOT NULL,
    wanted   INTEGER NOT NULL,  -- what is to happen: 0 nothing, 1 start, 2 cancel, 3 clean
    reason   TEXT,
    batch    TEXT,              -- the scheduler's number, or the process's
    exitcode INTEGER,
    credential BLOB,            -- of the token its workers have: the hash
    files    INTEGER,           -- bytes of the directory that goes with it; -1: not here yet
    files_ref INTEGER,          -- the job it came with first: its body
    submitted INTEGER NOT NULL,
    started  INTEGER,
    finished INTEGER,
    seen     INTEGER,           -- when its site last told of it
    cleaned  INTEGER NOT NULL,
    adopted  INTEGER NOT NULL,  -- it was found at its site: others may want it
    open     INTEGER NOT NULL,  -- something may still happen to it, or is to
    rev      INTEGER NOT NULL
);
CREATE UNIQUE INDEX job_name ON job (site, app, hash, n);
CREATE UNIQUE INDEX job_rev ON job (rev);
CREATE INDEX job_open ON job (site, id) WHERE open = 1;
CREATE INDEX job_wanted ON job (site, id) WHERE wanted <> 0;
CREATE INDEX job_queue ON job (queue) WHERE queue IS NOT NULL;
CREATE INDEX job_scale ON job (scale) WHERE scale IS NOT NULL;

CREATE TABLE scale (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    account  INTEGER NOT NULL,
    queue    INTEGER NOT NULL,
    site     INTEGER NOT NULL,
    settings TEXT    NOT NULL,  -- JSON: as a launch
    min_jobs INTEGER NOT NULL,
    max_jobs INTEGER NOT NULL,
    tasks_per_worker INTEGER NOT NULL,
    workers  INTEGER NOT NULL,  -- of a job
    cores    INTEGER NOT NULL,  -- of a worker
    walltime INTEGER NOT NULL,
    budget   INTEGER,           -- µs of a core; NULL: none
    spent    INTEGER NOT NULL,  -- by jobs that have ended
    paused   INTEGER NOT NULL,
    refused  INTEGER NOT NULL,  -- submissions refused one after the other
    unbegun  INTEGER NOT NULL,  -- jobs that never began, one after the other
    message  TEXT,
    at       INTEGER NOT NULL,  -- after a refusal nothing is started before
    UNIQUE (queue, site)
);
