{queue}
WHERE a.name = $1 AND q.name = $2;
