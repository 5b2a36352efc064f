SELECT {lease}
FROM lease l
WHERE id BETWEEN $1 AND $2 AND queue = $3 AND worker = $4
ORDER BY id
LIMIT $5;
