{queue}
WHERE q.id = $1;
