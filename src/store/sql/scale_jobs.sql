{job}
WHERE j.scale = $1 AND j.open = 1
ORDER BY j.id
LIMIT $2;
