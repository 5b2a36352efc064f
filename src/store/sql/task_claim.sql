SELECT {task}, {spec}
FROM task t
JOIN spec s ON s.task = t.id
WHERE t.queue = $1 AND t.state = :PENDING
ORDER BY t.priority DESC, t.id
LIMIT $2;
