INSERT INTO pending (queue, priority, task) VALUES ($1, $2, $3);
