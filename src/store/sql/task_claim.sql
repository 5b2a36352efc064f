-- CROSS JOIN: in this order, by the key of pending.
SELECT {task}, {spec}
FROM pending p
CROSS JOIN task t ON t.id = p.task
CROSS JOIN spec s ON s.task = p.task
WHERE p.queue = $1
ORDER BY p.priority DESC, p.task
LIMIT $2;
