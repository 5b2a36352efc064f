SELECT id, at, task, step, method, name, approach, solved, remaining, rest, told FROM audit WHERE queue = $1 AND id > $2 ORDER BY id LIMIT $3;
