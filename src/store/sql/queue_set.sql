UPDATE queue
SET paused = $2, lease_us = $3, max_attempts = $4, max_crashes = $5, backoff_us = $6, rev = $7
WHERE id = $1;
