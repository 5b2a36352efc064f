DELETE FROM pending WHERE queue = $1 AND priority = $2 AND task = $3;
