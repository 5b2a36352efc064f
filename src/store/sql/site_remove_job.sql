DELETE FROM job WHERE site = $1;
