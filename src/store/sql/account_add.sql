INSERT INTO account (name, role, password, created) VALUES ($1, $2, $3, $4);
