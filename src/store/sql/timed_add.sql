INSERT INTO timed (at, task, queue) VALUES ($1, $2, $3);
