-- By the index of those that ended badly: its term has to stand here literally.
SELECT t.id, t.event, t.exitcode, t.lease, a.message
FROM task t
LEFT JOIN attempt a ON a.lease = t.lease
WHERE t.queue = $1 AND t.state = $2 AND t.state >= :FAILED AND t.id > $3
ORDER BY t.id
LIMIT $4;
