INSERT INTO announcement (task, cursor) VALUES ($1, $2) ON CONFLICT (task) DO UPDATE SET cursor = excluded.cursor;
