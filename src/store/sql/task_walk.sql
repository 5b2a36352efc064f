-- The mutable halves of the tasks of a queue among ids in ($2, $4]: for operations, a window at a time.
SELECT {task}
FROM task t
WHERE t.id > $2 AND t.id <= $4 AND t.queue = $1
ORDER BY t.id
LIMIT $3;
