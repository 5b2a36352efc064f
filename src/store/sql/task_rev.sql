SELECT rev FROM task WHERE id = $1;
