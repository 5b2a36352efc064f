SELECT rev, at, forgotten, task, lease, packed, kept FROM mark;
