SELECT rev, at, forgotten FROM mark;
