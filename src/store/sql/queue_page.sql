{queue}
WHERE q.id > $1 AND q.deleted IS NULL
ORDER BY q.id
LIMIT $2;
