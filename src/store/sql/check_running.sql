-- A task runs if and only if it has an open lease, and it knows how many.
SELECT (SELECT count(*) FROM task t WHERE (t.state = :RUNNING) <> (t.open > 0)
        OR t.open <> (SELECT count(*) FROM lease WHERE task = t.id))
     + (SELECT count(*) FROM lease WHERE task NOT IN (SELECT id FROM task));
