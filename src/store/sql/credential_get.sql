{credential}
WHERE c.hash = $1 AND c.ends > $2;
