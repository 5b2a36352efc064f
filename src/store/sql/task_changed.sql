{full}
WHERE t.rev > $1
ORDER BY t.rev
LIMIT $2;
