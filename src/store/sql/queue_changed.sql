{queue}
WHERE q.rev > $1 AND q.deleted IS NULL
ORDER BY q.rev
LIMIT $2;
