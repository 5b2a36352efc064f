UPDATE task
SET state = $2, event = $3, leases = $4, failures = $5, crashes = $6, lease = $7, exitcode = $8, not_before = $9,
    started = $10, finished = $11, rev = $12
WHERE id = $1;
