INSERT INTO operation (queue, event, state, exitcode, worker, flags, before, priority, upto, cursor, done, live, actor, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);
