SELECT rev, at FROM mark WHERE id = 1;
