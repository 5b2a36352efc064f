INSERT INTO audit_sum (queue, task, step, method, solved) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (queue, task, step, method) DO UPDATE SET solved = solved + excluded.solved;
