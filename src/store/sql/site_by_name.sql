{site}
WHERE a.name = $1 AND s.name = $2;
