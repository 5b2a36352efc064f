INSERT INTO task_key (queue, key, task) VALUES ($1, $2, $3);
