INSERT INTO attempt (lease, task, queue, n, prev, worker, started, finished, outcome, exitcode, message, stdout_size, stderr_size)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);
