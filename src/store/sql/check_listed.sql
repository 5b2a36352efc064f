-- Each task stands on the list of its state, and nothing else does.
SELECT (SELECT count(*) FROM task t WHERE state = :PENDING
        AND NOT EXISTS (SELECT 1 FROM pending p WHERE p.queue = t.queue AND p.priority = t.priority AND t.id BETWEEN p.first AND p.last))
     + abs((SELECT coalesce(sum(last - first + 1), 0) FROM pending) - (SELECT count(*) FROM task WHERE state = :PENDING))
     + (SELECT count(*) FROM task t WHERE state = :WAITING AND unmet = 0
        AND NOT EXISTS (SELECT 1 FROM timed w WHERE w.at = t.not_before AND w.task = t.id AND w.queue = t.queue))
     + abs((SELECT count(*) FROM timed) - (SELECT count(*) FROM task WHERE state = :WAITING AND unmet = 0))
     + (SELECT count(*) FROM task t WHERE state >= :FAILED
        AND NOT EXISTS (SELECT 1 FROM ended_badly b WHERE b.queue = t.queue AND b.state = t.state AND b.task = t.id))
     + abs((SELECT count(*) FROM ended_badly) - (SELECT count(*) FROM task WHERE state >= :FAILED));
