INSERT INTO journal (at, actor, origin, action, owner, queue, task, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);
