DELETE FROM dataset WHERE queue = $1;
