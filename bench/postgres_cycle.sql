-- One transaction claims a task, the next marks it done if nobody else has claimed it since.
UPDATE task SET state = 1, fence = fence + 1, worker = :client_id, lease_until = now() + interval '60 s'
 WHERE id = (SELECT id FROM task WHERE state = 0 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, fence, payload \gset
UPDATE task SET state = 2, finished = now(), exitcode = 0 WHERE id = :id AND fence = :fence AND state = 1;
