DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE at < $1 ORDER BY id LIMIT $2);
