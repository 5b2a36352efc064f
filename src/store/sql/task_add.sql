INSERT INTO task (queue, state, event, priority, leases, failures, crashes, unmet, not_before, created, rev)
VALUES ($1, $2, $3, $4, 0, 0, 0, $5, $6, $7, $8);
