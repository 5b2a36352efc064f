{operation}
WHERE queue = $1
ORDER BY id
LIMIT 100;
