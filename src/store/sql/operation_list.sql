{operation}
WHERE queue = $1 AND ended IS NULL
ORDER BY id
LIMIT 100;
