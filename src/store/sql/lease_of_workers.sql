SELECT {lease}
FROM lease l
WHERE queue = $1 AND worker >= $2 AND worker < $3
ORDER BY id
LIMIT $4;
