DELETE FROM payload WHERE id = $1;
