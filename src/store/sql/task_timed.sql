-- Does a task of the queue wait for its time?
SELECT 1 FROM task WHERE queue = $1 AND state = :WAITING AND unmet = 0 LIMIT 1;
