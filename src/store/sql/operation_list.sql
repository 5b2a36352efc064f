SELECT id, queue, event, state, exitcode, worker, killed, upto, cursor, done, actor, created
FROM operation
WHERE queue = $1
ORDER BY id
LIMIT 100;
