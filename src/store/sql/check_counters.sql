-- The kept counts are the real ones.
SELECT count(*)
FROM (SELECT queue, state, sum(n) AS n
      FROM (SELECT queue, state, n FROM counter UNION ALL SELECT queue, state, -1 FROM task)
      GROUP BY queue, state)
WHERE n <> 0;
