{operation}
WHERE id = $1;
