-- As read_operation takes it.
SELECT id, queue, event, state, exitcode, worker, flags, before, priority, upto, cursor, done, live, ended, actor, created
FROM operation
