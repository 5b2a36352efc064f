{lease}
WHERE queue = $1 AND worker = $2
ORDER BY id
LIMIT $3;
