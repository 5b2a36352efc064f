SELECT rev, at FROM tombstone ORDER BY rev LIMIT 1;
