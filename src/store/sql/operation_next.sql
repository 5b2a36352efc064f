-- The oldest open ones.
{operation}
WHERE ended IS NULL
ORDER BY id
LIMIT $1;
