DELETE FROM coverage WHERE queue = $1 AND task = $2;
