DELETE FROM target WHERE task = $1;
