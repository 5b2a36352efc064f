-- The tasks of a queue among ids in ($2, $4]: for lists that no index serves, a window at a time.
{full}
WHERE t.id > $2 AND t.id <= $4 AND t.queue = $1
ORDER BY t.id
LIMIT $3;
