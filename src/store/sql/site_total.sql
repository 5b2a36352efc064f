SELECT count(*) FROM site WHERE account = $1;
