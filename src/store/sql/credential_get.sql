SELECT a.id, a.name, c.made, c.ends
FROM credential c JOIN account a ON a.id = c.account
WHERE c.hash = $1 AND c.kind = $2 AND c.ends > $3;
