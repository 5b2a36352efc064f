INSERT INTO payload (queue, name, changed) VALUES ($1, $2, $3);
