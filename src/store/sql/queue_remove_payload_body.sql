INSERT INTO body_gone (kind, ref) SELECT 4, id FROM payload WHERE queue = $1;
