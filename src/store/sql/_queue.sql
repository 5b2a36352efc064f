-- As read_queue takes it.
SELECT q.id, q.account, a.name, q.name, q.paused, q.lease_us, q.max_attempts, q.max_crashes, q.backoff_us, q.speculate,
       q.cascade, q.retention_us, q.sweep_at, q.face_lease_us, q.deleted, q.created, q.rev
FROM queue q JOIN account a ON a.id = q.account
