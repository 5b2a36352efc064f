DELETE FROM truth WHERE task = $1;
