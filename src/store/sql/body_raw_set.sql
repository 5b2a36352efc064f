INSERT INTO body_raw (kind, ref, size) VALUES ($1, $2, $3)
ON CONFLICT (ref, kind) DO UPDATE SET size = excluded.size;
