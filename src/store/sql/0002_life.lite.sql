-- What waits for what, who may have a task beside another, what was removed, and who reads what has changed.
ALTER TABLE queue ADD COLUMN speculate INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN cascade INTEGER NOT NULL DEFAULT 0;    -- on_dependency_failure: 0 wait, 1 cancel
ALTER TABLE queue ADD COLUMN retention_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN sweep_at INTEGER NOT NULL DEFAULT 0;      -- when the retention is due next
ALTER TABLE queue ADD COLUMN deleted INTEGER;                       -- since when it is being removed
CREATE INDEX queue_rev ON queue (rev);
CREATE INDEX queue_retention ON queue (sweep_at) WHERE retention_us > 0;

ALTER TABLE task ADD COLUMN open INTEGER NOT NULL DEFAULT 0;        -- leases open now
ALTER TABLE task ADD COLUMN unmet INTEGER NOT NULL DEFAULT 0;       -- dependencies that have not succeeded yet
ALTER TABLE task ADD COLUMN needed INTEGER NOT NULL DEFAULT 0;      -- truth: others wait, or waited, for it
UPDATE task SET open = 1 WHERE state = :RUNNING;
DROP INDEX task_waiting;
CREATE INDEX task_waiting ON task (not_before) WHERE state = :WAITING AND unmet = 0;
CREATE INDEX task_timed ON task (queue) WHERE state = :WAITING AND unmet = 0;
CREATE INDEX task_rev ON task (rev);                                -- the change feed

CREATE TABLE dependency (
    task   INTEGER NOT NULL,
    needs  INTEGER NOT NULL,
    met    INTEGER NOT NULL,
    across INTEGER,             -- the queue of `task` where `needs` is of another one
    PRIMARY KEY (task, needs)
) WITHOUT ROWID;
CREATE INDEX dependency_needs ON dependency (needs, task) WHERE met = 0;
CREATE INDEX dependency_across ON dependency (across) WHERE met = 0 AND across IS NOT NULL;

CREATE TABLE announcement (     -- tasks that have ended, of which not all dependents know
    task   INTEGER PRIMARY KEY,
    cursor INTEGER NOT NULL     -- dependents with ids up to here do
);

CREATE TABLE tombstone (        -- what was removed, until readers of changes have seen it
    rev   INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    task  INTEGER,              -- NULL: the queue itself, with all of its tasks
    owner INTEGER NOT NULL,
    name  TEXT,                 -- of the queue
    at    INTEGER NOT NULL
);

CREATE TABLE consumer (
    account INTEGER NOT NULL REFERENCES account (id),
    name    TEXT    NOT NULL,
    rev     INTEGER NOT NULL,   -- acknowledged
    began   INTEGER NOT NULL,   -- the newest revision when it began at 0
    seen    INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) WITHOUT ROWID;

ALTER TABLE mark ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;   -- the newest revision of which a tombstone is gone

ALTER TABLE operation RENAME COLUMN killed TO flags;
ALTER TABLE operation ADD COLUMN before INTEGER;                    -- only tasks that ended before
ALTER TABLE operation ADD COLUMN priority INTEGER;

CREATE TABLE journal (          -- who changed what, and when
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    origin TEXT,                -- the address it came from
    action TEXT    NOT NULL,
    owner  TEXT,
    queue  TEXT,
    task   INTEGER,
    detail TEXT
);
CREATE INDEX journal_owner ON journal (owner, id);
CREATE INDEX journal_queue ON journal (owner, queue, id);
