DELETE FROM tombstone WHERE rev IN (SELECT rev FROM tombstone WHERE rev <= $1 AND at < $2 ORDER BY rev LIMIT $3)
RETURNING rev;
