-- Newest first, all of an owner's.
{journal}
WHERE id < $1 AND owner = $2
ORDER BY id DESC
LIMIT $3;
