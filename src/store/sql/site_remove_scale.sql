DELETE FROM scale WHERE site = $1;
