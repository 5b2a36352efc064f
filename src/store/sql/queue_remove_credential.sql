DELETE FROM credential WHERE queue = $1;
