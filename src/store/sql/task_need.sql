UPDATE task SET needed = 1 WHERE id = $1 AND needed = 0;
