DELETE FROM scale WHERE queue = $1;
