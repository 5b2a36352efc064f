DELETE FROM spec WHERE task = $1;
