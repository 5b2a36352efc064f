DELETE FROM worker WHERE queue = $1;
