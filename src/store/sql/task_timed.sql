-- Does a task of the queue wait for its time?
SELECT 1 FROM timed WHERE queue = $1 LIMIT 1;
