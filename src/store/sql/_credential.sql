-- As read_credential takes it.
SELECT c.hash, c.kind, a.id, a.name, a.role, c.scope, c.queue, o.name, q.name, c.note, c.made, c.ends
FROM credential c
JOIN account a ON a.id = c.account
LEFT JOIN queue q ON q.id = c.queue
LEFT JOIN account o ON o.id = q.account
