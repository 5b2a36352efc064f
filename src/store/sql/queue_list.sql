{queue}
WHERE a.name = $1 AND q.name > $2
ORDER BY q.name
LIMIT $3;
