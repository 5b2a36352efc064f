UPDATE account SET role = $2, password = $3 WHERE id = $1;
