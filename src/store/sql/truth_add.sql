INSERT INTO truth (task, source, kind, a, b, value) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING;
