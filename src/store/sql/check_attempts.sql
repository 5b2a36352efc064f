-- Each lease ever given is open or an attempt, never both; a task's count of leases is the number of them.
SELECT (SELECT count(*) FROM lease WHERE id IN (SELECT lease FROM attempt))
     + (SELECT count(*) FROM task t WHERE leases <>
            (SELECT count(*) FROM attempt WHERE task = t.id) + (SELECT count(*) FROM lease WHERE task = t.id));
