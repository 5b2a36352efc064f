SELECT max(id) FROM task;
