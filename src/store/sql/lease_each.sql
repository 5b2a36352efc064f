-- Every open lease with when its worker was last noted, or was given it.
SELECT l.id, l.queue, l.worker, l.started, coalesce(w.seen, l.started)
FROM lease l
LEFT JOIN worker w ON w.queue = l.queue AND w.name = l.worker
ORDER BY l.id;
