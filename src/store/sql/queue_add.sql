INSERT INTO queue (account, name, paused, lease_us, max_attempts, max_crashes, backoff_us, speculate, cascade, retention_us,
                   sweep_at, face_lease_us, created, rev)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);
