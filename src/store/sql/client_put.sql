INSERT INTO client (queue, name, seen) VALUES ($1, $2, $3) ON CONFLICT (queue, name) DO UPDATE SET seen = excluded.seen;
