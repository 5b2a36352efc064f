SELECT t.id, t.queue, t.state, t.event, t.priority, t.leases, t.failures, t.crashes, t.lease, t.exitcode, t.not_before,
    t.created, t.started, t.finished, t.rev,
    s.key, s.command, s.payload, s.cwd, s.env, s.time_limit
FROM task t
JOIN spec s ON s.task = t.id
WHERE t.queue = $1 AND t.state = :PENDING
ORDER BY t.priority DESC, t.id
LIMIT $2;
