-- Newest first, all of an owner's; without one, everybody's.
{journal}
WHERE id < $1 AND ($2 IS NULL OR owner = $2)
ORDER BY id DESC
LIMIT $3;
