INSERT INTO credential (hash, kind, account, scope, queue, note, made, ends) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);
