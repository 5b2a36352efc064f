INSERT INTO body (kind, ref, seq, bytes) VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, ref, seq) DO UPDATE SET bytes = excluded.bytes;
