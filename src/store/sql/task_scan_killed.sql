SELECT t.id, t.queue, t.state, t.event, t.priority, t.leases, t.failures, t.crashes, t.lease, t.exitcode, t.not_before,
    t.created, t.started, t.finished, t.rev,
    s.key, s.command, s.payload, s.cwd, s.env, s.time_limit,
    coalesce(l.worker, a.worker), a.message
FROM task t
JOIN spec s ON s.task = t.id
LEFT JOIN lease l ON l.id = t.lease
LEFT JOIN attempt a ON a.lease = t.lease
WHERE t.queue = $1 AND t.state = :KILLED AND t.state >= :FAILED AND t.id > $2
ORDER BY t.id
LIMIT $3;
