INSERT INTO tombstone (rev, queue, task, owner, name, at) VALUES ($1, $2, $3, $4, $5, $6);
