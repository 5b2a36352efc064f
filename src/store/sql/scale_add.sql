INSERT INTO scale (account, queue, site, settings, min_jobs, max_jobs, tasks_per_worker, workers, cores, walltime, budget, spent,
                   paused, refused, unbegun, message, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);
