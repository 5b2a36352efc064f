DELETE FROM counter WHERE queue = $1;
