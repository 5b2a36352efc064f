SELECT c.hash, c.kind, a.id, a.name, a.role, c.scope, c.queue, o.name, q.name, c.note, c.made, c.ends
FROM credential c
JOIN account a ON a.id = c.account
LEFT JOIN queue q ON q.id = c.queue
LEFT JOIN account o ON o.id = q.account
WHERE c.account = $1 AND c.kind = $2 AND c.ends > $3
ORDER BY c.made, c.hash
LIMIT $4;
