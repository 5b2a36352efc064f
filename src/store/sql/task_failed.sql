SELECT t.id, t.event, t.exitcode, t.lease, a.message
FROM ended_badly b
CROSS JOIN task t ON t.id = b.task
LEFT JOIN attempt a ON a.lease = t.lease
WHERE b.queue = $1 AND b.state = $2 AND b.task > $3
ORDER BY b.task
LIMIT $4;
