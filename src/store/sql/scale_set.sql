UPDATE scale SET settings = $2, min_jobs = $3, max_jobs = $4, tasks_per_worker = $5, workers = $6, cores = $7, walltime = $8,
                 budget = $9, spent = $10, paused = $11, refused = $12, unbegun = $13, message = $14, at = $15
WHERE id = $1;
