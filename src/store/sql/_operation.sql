-- As read_operation takes it.
SELECT id, queue, event, state, exitcode, worker, flags, before, priority, upto, cursor, done, actor, created
FROM operation
