-- Of the oldest $3 those that are old enough ($2) and passed ($1): later ones are younger, so no more need be looked at.
DELETE FROM tombstone
WHERE rev IN (SELECT rev FROM (SELECT rev, at FROM tombstone ORDER BY rev LIMIT $3) WHERE rev <= $1 AND at < $2)
RETURNING rev;
