SELECT id, queue, event, state, exitcode, worker, killed, upto, cursor, done, actor, created
FROM operation
ORDER BY id
LIMIT 1;
