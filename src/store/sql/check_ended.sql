-- What has ended says when; what has not does not; what waits for nothing else waits for its time; failures and crashes
-- stay within the queue's policy.
SELECT (SELECT count(*) FROM task WHERE (state >= :SUCCEEDED) <> (finished IS NOT NULL))
     + (SELECT count(*) FROM task WHERE state = :WAITING AND unmet = 0 AND not_before IS NULL)
     + (SELECT count(*) FROM task t JOIN queue q ON q.id = t.queue
        WHERE t.state < :SUCCEEDED AND (t.failures > 0 AND t.failures >= q.max_attempts
                                    OR t.crashes > 0 AND t.crashes >= q.max_crashes));
