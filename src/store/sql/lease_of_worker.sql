SELECT {lease}
FROM lease l
WHERE queue = $1 AND worker = $2
ORDER BY id
LIMIT $3;
