SELECT id, task, queue, n, prev, worker, started, until, begun
FROM lease
WHERE until <= $1
ORDER BY until
LIMIT $2;
