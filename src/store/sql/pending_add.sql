INSERT INTO pending (queue, priority, last, first) VALUES ($1, $2, $3, $4);
