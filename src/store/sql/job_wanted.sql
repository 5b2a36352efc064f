{job}
WHERE j.site = $1 AND j.wanted <> 0
ORDER BY j.id
LIMIT $2;
