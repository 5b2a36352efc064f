DELETE FROM coverage WHERE queue = $1;
