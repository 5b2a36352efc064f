INSERT INTO target (task, kind, a, b, mapped) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;
