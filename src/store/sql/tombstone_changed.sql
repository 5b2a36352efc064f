SELECT rev, queue, task, owner, name, at FROM tombstone WHERE rev > $1 ORDER BY rev LIMIT $2;
