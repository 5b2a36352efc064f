DELETE FROM change WHERE rev > $1 AND rev <= $2;
