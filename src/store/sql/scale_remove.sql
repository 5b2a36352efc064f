DELETE FROM scale WHERE id = $1;
