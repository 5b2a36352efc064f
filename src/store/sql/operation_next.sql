-- The oldest open ones.
{operation}
ORDER BY id
LIMIT $1;
