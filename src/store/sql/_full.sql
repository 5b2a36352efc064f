-- Both halves and what its last lease says, as read_full takes them.
SELECT {task}, {spec}, coalesce(l.worker, a.worker), a.message
FROM task t
JOIN spec s ON s.task = t.id
LEFT JOIN lease l ON l.id = t.lease
LEFT JOIN attempt a ON a.lease = t.lease
