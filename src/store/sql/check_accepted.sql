-- No two accepted results of a task overlap: one was taken, or the task was asked to run again in between. A succeeded
-- task has the one that ended it.
SELECT (SELECT count(*) FROM attempt a JOIN attempt b ON b.task = a.task AND b.lease > a.lease
        WHERE a.outcome = 1 AND b.outcome = 1 AND b.started < a.finished)
     + (SELECT count(*) FROM task t WHERE t.state = :SUCCEEDED
        AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.task = t.id AND a.outcome = 1 AND a.finished = t.finished));
