SELECT rev, at, forgotten, task, lease FROM mark;
