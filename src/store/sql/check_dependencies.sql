-- A task counts what it waits for; what has succeeded is waited for by none, unless that is just being told; no pending
-- or running task still waits for something.
SELECT (SELECT count(*) FROM task t WHERE t.unmet <> (SELECT count(*) FROM dependency d WHERE d.task = t.id AND d.met = 0))
     + (SELECT count(*) FROM task t WHERE t.unmet > 0 AND t.state IN (:PENDING, :RUNNING))
     + (SELECT count(*) FROM dependency d JOIN task n ON n.id = d.needs
        WHERE d.met = 0 AND (n.needed = 0 OR n.state = :SUCCEEDED AND n.id NOT IN (SELECT task FROM announcement)));
