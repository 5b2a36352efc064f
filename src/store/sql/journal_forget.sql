-- Of the oldest $2 those that are old enough.
DELETE FROM journal WHERE id IN (SELECT id FROM (SELECT id, at FROM journal ORDER BY id LIMIT $2) WHERE at < $1);
