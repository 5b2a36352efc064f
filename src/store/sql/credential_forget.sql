DELETE FROM credential WHERE kind = $1 AND ends <= $2;
