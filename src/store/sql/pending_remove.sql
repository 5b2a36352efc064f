DELETE FROM pending WHERE queue = $1 AND priority = $2 AND last = $3 AND first = $4;
