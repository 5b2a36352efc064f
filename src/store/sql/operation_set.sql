UPDATE operation SET cursor = $2, done = $3 WHERE id = $1;
