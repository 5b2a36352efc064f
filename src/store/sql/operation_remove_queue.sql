DELETE FROM operation WHERE queue = $1;
