-- Those of a kind from the one after ($3, $4) on.
SELECT kind, a, b, mapped FROM target WHERE task = $1 AND kind = $2 AND (a, b) > ($3, $4) ORDER BY a, b LIMIT $5;
