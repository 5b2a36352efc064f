DELETE FROM job WHERE account = $1;
