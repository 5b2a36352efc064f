INSERT INTO credential (hash, kind, account, made, ends) VALUES ($1, $2, $3, $4, $5);
