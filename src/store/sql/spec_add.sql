INSERT INTO spec (task, key, command, payload, cwd, env, time_limit) VALUES ($1, $2, $3, $4, $5, $6, $7);
