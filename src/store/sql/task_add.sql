INSERT INTO task (id, queue, state, event, priority, leases, failures, crashes, unmet, not_before, created, rev)
VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $7, $8, $9);
