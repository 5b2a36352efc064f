-- As read_credential takes it; asked with each request, so the name of a queue is not looked up.
SELECT c.hash, c.kind, a.id, a.name, a.role, c.scope, c.queue, NULL, NULL, NULL, c.made, c.ends
FROM credential c JOIN account a ON a.id = c.account
WHERE c.hash = $1 AND c.ends > $2;
