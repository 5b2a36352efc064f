SELECT {task}
FROM task t
WHERE t.state = :WAITING AND t.unmet = 0 AND t.not_before <= $1
ORDER BY t.not_before
LIMIT $2;
