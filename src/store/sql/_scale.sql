-- As read_scale takes it.
SELECT c.id, c.account, a.name, c.queue, qa.name, q.name, c.site, sa.name, s.name, c.settings, c.min_jobs, c.max_jobs,
       c.tasks_per_worker, c.workers, c.cores, c.walltime, c.budget, c.spent, c.paused, c.refused, c.unbegun, c.message, c.at
FROM scale c JOIN account a ON a.id = c.account JOIN queue q ON q.id = c.queue JOIN account qa ON qa.id = q.account
JOIN site s ON s.id = c.site JOIN account sa ON sa.id = s.account
