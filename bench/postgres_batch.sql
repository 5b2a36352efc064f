-- The same with :batch tasks a statement.
WITH picked AS (SELECT id FROM task WHERE state = 0 ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED),
     claimed AS (UPDATE task SET state = 1, fence = fence + 1, worker = :client_id, lease_until = now() + interval '60 s'
                   FROM picked WHERE task.id = picked.id RETURNING task.id, task.fence, task.payload)
SELECT array_agg(id) AS ids, array_agg(fence) AS fences, string_agg(payload, ',') AS payloads FROM claimed \gset
UPDATE task SET state = 2, finished = now(), exitcode = 0
  FROM unnest(:ids::bigint[], :fences::integer[]) AS held (id, fence)
 WHERE task.id = held.id AND task.fence = held.fence AND task.state = 1;
