{job}
WHERE j.site = $1 AND j.open = 1 AND j.id > $2
ORDER BY j.id
LIMIT $3;
