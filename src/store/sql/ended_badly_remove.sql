DELETE FROM ended_badly WHERE queue = $1 AND state = $2 AND task = $3;
