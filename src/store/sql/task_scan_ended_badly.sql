-- Failed or killed ones ($4), as _full.sql has them.
SELECT {task}, {spec}, coalesce(l.worker, a.worker), a.message
FROM ended_badly b
CROSS JOIN task t ON t.id = b.task
JOIN spec s ON s.task = t.id
LEFT JOIN lease l ON l.id = t.lease
LEFT JOIN attempt a ON a.lease = t.lease
WHERE b.queue = $1 AND b.state = $4 AND b.task > $2
ORDER BY b.task
LIMIT $3;
