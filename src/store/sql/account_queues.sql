-- Queues, those being removed too (their rows are there), sites, and jobs that are open.
SELECT (SELECT count(*) FROM queue WHERE account = $1) + (SELECT count(*) FROM site WHERE account = $1)
     + (SELECT count(*) FROM job WHERE account = $1 AND open = 1);
