{scale}
WHERE q.deleted IS NULL AND ($1 IS NULL OR c.queue = $1)
ORDER BY c.id
LIMIT $2;
