DELETE FROM upload WHERE queue = $1;
