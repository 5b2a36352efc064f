-- No revision is beyond the newest, and no two tasks carry the same.
SELECT (SELECT count(*) FROM task WHERE rev > (SELECT rev FROM mark))
     + (SELECT count(*) FROM queue WHERE rev > (SELECT rev FROM mark))
     + (SELECT count(*) FROM (SELECT rev FROM task GROUP BY rev HAVING count(*) > 1));
