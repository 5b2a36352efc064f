UPDATE operation SET cursor = $2, done = $3, live = $4, ended = $5 WHERE id = $1;
