-- Those of failed or killed ones ($4), by their index: its term has to stand here literally.
SELECT {task}
FROM task t
WHERE t.queue = $1 AND t.state = $4 AND t.state >= :FAILED AND t.id > $2
ORDER BY t.id
LIMIT $3;
