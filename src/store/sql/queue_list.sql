{queue}
WHERE a.name = $1 AND q.name > $2 AND q.deleted IS NULL
ORDER BY q.name
LIMIT $3;
