{credential}
WHERE c.account = $1 AND c.kind = $2 AND c.ends > $3
ORDER BY c.made, c.hash
LIMIT $4;
