-- As read_entry takes it.
SELECT id, at, actor, origin, action, owner, queue, task, detail
FROM journal
