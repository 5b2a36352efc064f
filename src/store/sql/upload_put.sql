INSERT INTO upload (queue, name, lines, added, existed) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (queue, name) DO UPDATE
SET lines = excluded.lines, added = excluded.added, existed = excluded.existed;
