INSERT INTO lease (id, task, queue, n, prev, worker, started, until, begun) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);
