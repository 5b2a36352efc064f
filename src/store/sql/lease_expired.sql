SELECT {lease}
FROM lease l
WHERE until <= $1
ORDER BY until
LIMIT $2;
