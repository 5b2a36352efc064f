INSERT INTO audit (queue, id, at, task, step, method, name, approach, solved, remaining, rest, told)
VALUES ($1, (SELECT coalesce(max(id), 0) + 1 FROM audit WHERE queue = $1), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);
