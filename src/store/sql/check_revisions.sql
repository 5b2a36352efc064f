-- No revision is beyond the newest, and no two things carry the same.
SELECT (SELECT count(*) FROM (SELECT rev FROM task UNION ALL SELECT rev FROM queue UNION ALL SELECT rev FROM tombstone)
        WHERE rev > (SELECT rev FROM mark))
     + (SELECT count(*) FROM (SELECT rev FROM (SELECT rev FROM task UNION ALL SELECT rev FROM queue
                                               UNION ALL SELECT rev FROM tombstone)
                              GROUP BY rev HAVING count(*) > 1));
