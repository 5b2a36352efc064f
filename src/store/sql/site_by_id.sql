{site}
WHERE s.id = $1;
