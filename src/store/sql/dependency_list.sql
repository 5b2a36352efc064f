SELECT d.needs, d.met, t.state
FROM dependency d LEFT JOIN task t ON t.id = d.needs
WHERE d.task = $1
ORDER BY d.met, d.needs
LIMIT $2;
