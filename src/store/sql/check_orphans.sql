-- Nothing stays of a task that was removed.
SELECT (SELECT count(*) FROM attempt WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM spec WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM task_key WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM dependency WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM task WHERE id NOT IN (SELECT task FROM spec))
     + (SELECT count(*) FROM task WHERE queue NOT IN (SELECT id FROM queue));
