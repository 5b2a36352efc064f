-- A task runs if and only if it has an open lease.
SELECT (SELECT count(*) FROM task WHERE state = :RUNNING AND id NOT IN (SELECT task FROM lease))
     + (SELECT count(*) FROM lease l JOIN task t ON t.id = l.task WHERE t.state <> :RUNNING)
     + (SELECT count(*) FROM lease WHERE task NOT IN (SELECT id FROM task));
