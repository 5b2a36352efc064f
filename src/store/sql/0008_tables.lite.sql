-- Datasets: queues whose tasks are tables. What is asked of a table, what is known of it, and figures that are kept, not counted.
CREATE TABLE dataset (
    queue      INTEGER PRIMARY KEY REFERENCES queue (id),
    whole      INTEGER NOT NULL,  -- 0 while it is being imported
    touched    INTEGER NOT NULL,  -- when the import last went on
    col_row    INTEGER NOT NULL,  -- cells are written with their column first
    open       INTEGER NOT NULL,  -- runners need no account
    audit      INTEGER NOT NULL,
    analyze    INTEGER NOT NULL,
    add_prefix INTEGER NOT NULL,  -- exports write whole addresses
    preferred  INTEGER NOT NULL,  -- the one that is meant where none is named
    gt         INTEGER NOT NULL,
    solution   INTEGER NOT NULL,
    prefix     TEXT    NOT NULL,
    cea_unknown INTEGER NOT NULL, -- tables of the solution that are not here
    cta_unknown INTEGER NOT NULL,
    cpa_unknown INTEGER NOT NULL,
    cea_total  INTEGER NOT NULL,
    cta_total  INTEGER NOT NULL,
    cpa_total  INTEGER NOT NULL,
    cea_mapped INTEGER NOT NULL,
    cta_mapped INTEGER NOT NULL,
    cpa_mapped INTEGER NOT NULL,
    results    INTEGER NOT NULL,  -- attempts that ended so, and how long they took together
    result_us  INTEGER NOT NULL,
    errors     INTEGER NOT NULL,
    error_us   INTEGER NOT NULL,
    flawed     INTEGER NOT NULL   -- tables with a result that told of errors, too
);

CREATE TABLE target (           -- what is to be mapped: kind 1 a cell (row, column), 2 a column (column, 0), 3 a pair of columns
    task   INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    a      INTEGER NOT NULL,
    b      INTEGER NOT NULL,
    mapped TEXT,
    PRIMARY KEY (task, kind, a, b)
) WITHOUT ROWID;

CREATE TABLE truth (            -- right answers: source 1 to be shown, 2 to be compared with
    task   INTEGER NOT NULL,
    source INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    a      INTEGER NOT NULL,
    b      INTEGER NOT NULL,
    value  TEXT    NOT NULL,
    PRIMARY KEY (task, source, kind, a, b)
) WITHOUT ROWID;

CREATE TABLE coverage (         -- how much of a table is mapped
    queue      INTEGER NOT NULL,
    task       INTEGER NOT NULL,
    cea_total  INTEGER NOT NULL,
    cta_total  INTEGER NOT NULL,
    cpa_total  INTEGER NOT NULL,
    cea_mapped INTEGER NOT NULL,
    cta_mapped INTEGER NOT NULL,
    cpa_mapped INTEGER NOT NULL,
    flawed     INTEGER NOT NULL,
    PRIMARY KEY (queue, task)
) WITHOUT ROWID;

CREATE TABLE audit (            -- what runners tell of how they worked
    queue     INTEGER NOT NULL,
    id        INTEGER NOT NULL, -- within the queue
    at        INTEGER NOT NULL,
    task      TEXT    NOT NULL, -- CEA, CTA, CPA
    step      TEXT    NOT NULL,
    method    TEXT    NOT NULL,
    name      TEXT    NOT NULL, -- of the table
    approach  TEXT    NOT NULL,
    solved    INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    rest      TEXT    NOT NULL, -- JSON: what remained
    told      TEXT    NOT NULL, -- their own time of it
    PRIMARY KEY (queue, id)
) WITHOUT ROWID;

CREATE TABLE audit_sum (
    queue  INTEGER NOT NULL,
    task   TEXT    NOT NULL,
    step   TEXT    NOT NULL,
    method TEXT    NOT NULL,
    solved INTEGER NOT NULL,
    PRIMARY KEY (queue, task, step, method)
) WITHOUT ROWID;

CREATE TABLE client (           -- who was seen in a dataset, to the minute
    queue INTEGER NOT NULL,
    name  TEXT    NOT NULL,
    seen  INTEGER NOT NULL,
    PRIMARY KEY (queue, name)
) WITHOUT ROWID;
