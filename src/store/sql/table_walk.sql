-- Tables of a dataset with how they stand, in the order of their tasks, from the one after $2 on; never what is in them.
SELECT c.task, c.cea_total, c.cta_total, c.cpa_total, c.cea_mapped, c.cta_mapped, c.cpa_mapped, c.flawed, t.state, t.leases, s.key, a.message
FROM coverage c
CROSS JOIN task t ON t.id = c.task
JOIN spec s ON s.task = t.id
LEFT JOIN attempt a ON a.lease = t.lease
WHERE c.queue = $1 AND c.task > $2
ORDER BY c.task
LIMIT $3;
