-- As read_operation takes it.
SELECT id, queue, event, state, exitcode, worker, killed, upto, cursor, done, actor, created
FROM operation
