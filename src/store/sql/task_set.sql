UPDATE task
SET state = $2, event = $3, priority = $4, leases = $5, open = $6, failures = $7, crashes = $8, unmet = $9, lease = $10,
    exitcode = $11, not_before = $12, started = $13, finished = $14, rev = $15
WHERE id = $1;
