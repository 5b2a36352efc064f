SELECT {task}
FROM task t
WHERE t.id = $1;
