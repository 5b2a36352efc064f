SELECT rev, task, before FROM change WHERE rev > $1 AND rev <= $2 ORDER BY rev;
