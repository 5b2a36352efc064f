-- As read_lease takes it.
SELECT id, task, queue, n, prev, worker, started, until, begun
FROM lease
