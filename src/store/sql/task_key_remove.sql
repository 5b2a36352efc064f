DELETE FROM task_key WHERE queue = $1 AND key = $2 AND task = $3;
