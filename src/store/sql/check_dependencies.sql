-- A task counts what it waits for; what has succeeded is waited for by none, unless that is just being told; only
-- waiting and killed tasks still wait for something.
SELECT (SELECT count(*) FROM task t WHERE t.unmet <> (SELECT count(*) FROM dependency d WHERE d.task = t.id AND d.met = 0))
     + (SELECT count(*) FROM task t WHERE t.unmet > 0 AND t.state NOT IN (:WAITING, :KILLED))
     + (SELECT count(*) FROM dependency d JOIN task n ON n.id = d.needs
        WHERE d.met = 0 AND (n.needed = 0 OR n.state = :SUCCEEDED AND n.id NOT IN (SELECT task FROM announcement)));
