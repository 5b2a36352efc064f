SELECT id, task, queue, n, prev, worker, started, until, begun
FROM lease
WHERE id = $1;
