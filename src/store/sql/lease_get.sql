SELECT {lease}
FROM lease l
WHERE id = $1;
