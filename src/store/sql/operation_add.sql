INSERT INTO operation (queue, event, state, exitcode, worker, killed, upto, cursor, done, actor, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING id;
