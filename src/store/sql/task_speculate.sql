-- The oldest running tasks of a queue that one worker alone holds, and not this one.
SELECT {task}, {spec}, NULL
FROM lease l
JOIN task t ON t.id = l.task
JOIN spec s ON s.task = l.task
WHERE l.queue = $1 AND l.worker <> $2 AND t.open = 1
ORDER BY l.id
LIMIT $3;
