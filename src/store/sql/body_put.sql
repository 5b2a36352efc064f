INSERT INTO body (kind, ref, bytes) VALUES ($1, $2, $3)
ON CONFLICT (kind, ref) DO NOTHING;
