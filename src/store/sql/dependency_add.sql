INSERT INTO dependency (task, needs, met, across) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;
