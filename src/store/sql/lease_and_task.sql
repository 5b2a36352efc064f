-- An open lease with its task.
SELECT {task}, {lease}
FROM lease l
JOIN task t ON t.id = l.task
WHERE l.id = $1;
