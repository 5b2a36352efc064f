INSERT INTO ended_badly (queue, state, task) VALUES ($1, $2, $3);
