INSERT INTO change (rev, task, before) VALUES ($1, $2, $3);
