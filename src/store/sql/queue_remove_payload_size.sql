DELETE FROM body_raw WHERE kind = 4 AND ref IN (SELECT id FROM payload WHERE queue = $1);
