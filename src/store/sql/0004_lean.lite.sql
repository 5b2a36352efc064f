-- Made short for those who claim: ids are given by the store (mark keeps the newest), not by AUTOINCREMENT, which rewrites a
-- table of its own with each row; a lease knows whether anything was handed in raw under it.
ALTER TABLE mark ADD COLUMN task INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mark ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mark ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;  -- the newest revision of the last pass over the changes
ALTER TABLE mark ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;    -- and how many it kept
UPDATE mark
SET task = max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'task'), 0),
               coalesce((SELECT max(id) FROM task), 0)),
    lease = max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'lease'), 0),
                coalesce((SELECT max(id) FROM lease), 0), coalesce((SELECT max(lease) FROM attempt), 0));

ALTER TABLE lease ADD COLUMN raw INTEGER NOT NULL DEFAULT 0;
UPDATE lease SET raw = 1 WHERE id IN (SELECT ref FROM body_raw WHERE kind < 4);

-- What a task's row was found by stood in five indexes of it, all looked at with each of its steps. These lists are written
-- only when a task comes to them or leaves.
CREATE TABLE pending (          -- runs of tasks with ids without a gap between them: what is added together is one row
    queue    INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    first    INTEGER NOT NULL,  -- grows as they are claimed
    PRIMARY KEY (queue, priority DESC, last)
) WITHOUT ROWID;
INSERT INTO pending SELECT queue, priority, id, id FROM task WHERE state = :PENDING;
DROP INDEX task_pending;

CREATE TABLE timed (            -- waiting for their time, and for nothing else
    at    INTEGER NOT NULL,
    task  INTEGER NOT NULL,
    queue INTEGER NOT NULL,
    PRIMARY KEY (at, task)
) WITHOUT ROWID;
CREATE INDEX timed_queue ON timed (queue);
INSERT INTO timed SELECT not_before, id, queue FROM task WHERE state = :WAITING AND unmet = 0;
DROP INDEX task_waiting;
DROP INDEX task_timed;

CREATE TABLE ended_badly (
    queue INTEGER NOT NULL,
    state INTEGER NOT NULL,
    task  INTEGER NOT NULL,
    PRIMARY KEY (queue, state, task)
) WITHOUT ROWID;
INSERT INTO ended_badly SELECT queue, state, id FROM task WHERE state >= :FAILED;
DROP INDEX task_ended_badly;

CREATE TABLE change (           -- which task a revision is of; what stands here and was changed since is passed over
    rev    INTEGER PRIMARY KEY,
    task   INTEGER NOT NULL,
    before BLOB                 -- of the same transaction: pairs of a revision and a task, 8 bytes each, little-endian
);
INSERT INTO change SELECT rev, id, NULL FROM task ORDER BY rev;
DROP INDEX task_rev;

-- As https://www.sqlite.org/lang_altertable.html#otheralter has it for what does not change the rows.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'INTEGER PRIMARY KEY AUTOINCREMENT', 'INTEGER PRIMARY KEY')
WHERE type = 'table' AND name IN ('task', 'lease');
PRAGMA writable_schema = RESET;
