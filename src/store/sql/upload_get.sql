SELECT lines, added, existed FROM upload WHERE queue = $1 AND name = $2;
