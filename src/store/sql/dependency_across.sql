-- Does a task of queue $1 wait for an unfinished one of another queue?
SELECT 1
FROM dependency d JOIN task t ON t.id = d.needs
WHERE d.across = $1 AND d.met = 0 AND d.across IS NOT NULL AND t.state < :SUCCEEDED
LIMIT 1;
