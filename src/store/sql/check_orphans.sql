-- Nothing stays of a task that was removed, nor of a queue.
SELECT (SELECT count(*) FROM attempt WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM spec WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM task_key WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM dependency WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM body b WHERE kind < 4 AND ref NOT IN (SELECT lease FROM attempt UNION ALL SELECT id FROM lease)
        AND NOT EXISTS (SELECT 1 FROM body_gone g WHERE g.kind = b.kind AND g.ref = b.ref))
     + (SELECT count(*) FROM task WHERE id NOT IN (SELECT task FROM spec))
     + (SELECT count(*) FROM task WHERE queue NOT IN (SELECT id FROM queue))
     + (SELECT count(*) FROM counter WHERE queue NOT IN (SELECT id FROM queue))
     + (SELECT count(*) FROM worker WHERE queue NOT IN (SELECT id FROM queue))
     + (SELECT count(*) FROM payload WHERE queue NOT IN (SELECT id FROM queue))
     + (SELECT count(*) FROM upload WHERE queue NOT IN (SELECT id FROM queue))
     + (SELECT count(*) FROM operation WHERE queue NOT IN (SELECT id FROM queue));
