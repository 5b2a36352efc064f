-- The tasks of a queue among ids in ($2, $4]: for lists that no index serves, a window at a time.
SELECT t.id, t.queue, t.state, t.event, t.priority, t.leases, t.failures, t.crashes, t.lease, t.exitcode, t.not_before,
    t.created, t.started, t.finished, t.rev,
    s.key, s.command, s.payload, s.cwd, s.env, s.time_limit,
    coalesce(l.worker, a.worker), a.message
FROM task t
JOIN spec s ON s.task = t.id
LEFT JOIN lease l ON l.id = t.lease
LEFT JOIN attempt a ON a.lease = t.lease
WHERE t.id > $2 AND t.id <= $4 AND t.queue = $1
ORDER BY t.id
LIMIT $3;
