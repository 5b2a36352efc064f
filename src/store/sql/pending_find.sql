-- The run that a task stands in.
SELECT last, first FROM pending
WHERE queue = $1 AND priority = $2 AND last >= $3
ORDER BY last
LIMIT 1;
