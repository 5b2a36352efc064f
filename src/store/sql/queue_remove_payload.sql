DELETE FROM payload WHERE queue = $1;
