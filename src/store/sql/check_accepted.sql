-- No task has two accepted results without having been asked to run again in between, and a succeeded one has one.
SELECT (SELECT count(*) FROM (SELECT task FROM attempt WHERE outcome = 1 GROUP BY task HAVING count(*) > 1))
     + (SELECT count(*) FROM task WHERE state = :SUCCEEDED
        AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.lease = task.lease AND a.outcome = 1));
