{full}
WHERE t.id = $1;
