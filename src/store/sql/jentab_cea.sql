INSERT INTO cea VALUES ($1, $2, $3, $4);
