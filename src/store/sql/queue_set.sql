UPDATE queue
SET name = $2, paused = $3, lease_us = $4, max_attempts = $5, max_crashes = $6, backoff_us = $7, speculate = $8, cascade = $9,
    retention_us = $10, sweep_at = $11, face_lease_us = $12, deleted = $13, rev = $14
WHERE id = $1;
