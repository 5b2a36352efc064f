-- Does a waiting task of queue $1 wait, through others or not, for one of another queue that runs, or may, or waits for its
-- time only?
WITH RECURSIVE reach (id) AS (
    SELECT d.needs FROM dependency d JOIN task t ON t.id = d.task
    WHERE d.across = $1 AND d.met = 0 AND d.across IS NOT NULL AND t.state = :WAITING
    UNION
    SELECT d.needs FROM reach r JOIN task t ON t.id = r.id JOIN dependency d ON d.task = r.id
    WHERE t.state = :WAITING AND d.met = 0)
SELECT 1
FROM reach r JOIN task t ON t.id = r.id
WHERE t.state IN (:PENDING, :RUNNING) OR t.state = :WAITING AND t.unmet = 0
LIMIT 1;
