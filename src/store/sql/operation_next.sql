{operation}
ORDER BY id
LIMIT 1;
