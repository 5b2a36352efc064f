SELECT count(*) FROM job WHERE site = $1 AND open = 1;
