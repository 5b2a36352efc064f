INSERT INTO spec (task, key, command, payload, cwd, env, time_limit, payload_body, payload_size)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);
