DELETE FROM task WHERE id = $1;
