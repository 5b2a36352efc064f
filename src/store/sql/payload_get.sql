SELECT id FROM payload WHERE queue = $1 AND name = $2;
