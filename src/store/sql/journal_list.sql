-- Newest first, of one queue or (NULL) of all of an owner's.
SELECT id, at, actor, origin, action, owner, queue, task, detail
FROM journal
WHERE id < $1 AND owner = $2 AND ($3 IS NULL OR queue = $3)
ORDER BY id DESC
LIMIT $4;
