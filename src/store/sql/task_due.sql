SELECT {task}
FROM timed w
CROSS JOIN task t ON t.id = w.task
WHERE w.at <= $1
ORDER BY w.at
LIMIT $2;
