-- Bodies in rows of at most 256 KiB, so that nothing reads or writes more than one a turn; raw ones know their size.
-- Uploads remember what was wrong with the line they stopped at.
ALTER TABLE upload ADD COLUMN error_line INTEGER;
ALTER TABLE upload ADD COLUMN error_code TEXT;
ALTER TABLE upload ADD COLUMN error_detail TEXT;

ALTER TABLE body RENAME TO body_whole;
CREATE TABLE body (             -- pieces: all of 256 KiB but the last
    kind  INTEGER NOT NULL,
    ref   INTEGER NOT NULL,     -- of outputs and results their lease, of payloads that were uploaded an id of their own
    seq   INTEGER NOT NULL,
    bytes BLOB    NOT NULL,
    PRIMARY KEY (kind, ref, seq)
) WITHOUT ROWID;
WITH RECURSIVE place (seq) AS (VALUES (0) UNION ALL SELECT seq + 1 FROM place WHERE seq < 63)
INSERT INTO body (kind, ref, seq, bytes)
SELECT kind, ref, seq, substr(bytes, seq * 262144 + 1, 262144)
FROM body_whole JOIN place ON seq = 0 OR length(bytes) > seq * 262144;
DROP TABLE body_whole;

CREATE TABLE body_raw (         -- those handed in as bytes: how many there are
    ref  INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (ref, kind)
) WITHOUT ROWID;

CREATE TABLE body_gone (        -- those that nothing leads to any more, removed some pieces at a time
    kind INTEGER NOT NULL,
    ref  INTEGER NOT NULL,
    PRIMARY KEY (kind, ref)
) WITHOUT ROWID;

CREATE TABLE payload (          -- uploaded ones that no task has yet
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    queue   INTEGER NOT NULL REFERENCES queue (id),
    name    TEXT    NOT NULL,
    changed INTEGER NOT NULL,
    UNIQUE (queue, name)
);
CREATE INDEX payload_changed ON payload (changed);

ALTER TABLE spec ADD COLUMN payload_body INTEGER;
ALTER TABLE spec ADD COLUMN payload_size INTEGER;
