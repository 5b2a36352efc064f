DELETE FROM announcement WHERE task = $1;
