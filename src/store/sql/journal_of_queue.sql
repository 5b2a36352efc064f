-- Newest first, of one queue.
{journal}
WHERE id < $1 AND owner = $2 AND queue = $4
ORDER BY id DESC
LIMIT $3;
