-- A work queue as one would write it: what is pending has an index of its own, a claim is fenced.
CREATE TABLE task (
    id bigserial PRIMARY KEY,
    state smallint NOT NULL DEFAULT 0, -- 0 pending, 1 claimed, 2 done
    fence integer NOT NULL DEFAULT 0,
    worker integer,
    lease_until timestamptz,
    finished timestamptz,
    exitcode integer,
    payload text NOT NULL
);
CREATE INDEX task_pending ON task (id) WHERE state = 0;
