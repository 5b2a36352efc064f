INSERT INTO tables VALUES ($1, $2, $3);
