SELECT 1 FROM dataset WHERE queue = $1;
