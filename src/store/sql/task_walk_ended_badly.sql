-- Those of failed or killed ones ($4).
SELECT {task}
FROM ended_badly b
CROSS JOIN task t ON t.id = b.task
WHERE b.queue = $1 AND b.state = $4 AND b.task > $2
ORDER BY b.task
LIMIT $3;
