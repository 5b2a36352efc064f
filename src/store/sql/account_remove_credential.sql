DELETE FROM credential WHERE account = $1;
