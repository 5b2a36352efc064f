-- CROSS JOIN: in this order, by the key of pending.
SELECT {task}, {spec}, p.last
FROM pending p
CROSS JOIN task t ON t.id BETWEEN p.first AND p.last
CROSS JOIN spec s ON s.task = t.id
WHERE p.queue = $1
ORDER BY p.priority DESC, p.last, t.id
LIMIT $2;
