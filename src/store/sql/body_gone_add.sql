INSERT INTO body_gone (kind, ref) VALUES ($1, $2)
ON CONFLICT (kind, ref) DO NOTHING;
