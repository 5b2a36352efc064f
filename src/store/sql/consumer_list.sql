SELECT name, rev, began, seen FROM consumer WHERE account = $1 AND name > $2 ORDER BY name LIMIT $3;
