UPDATE dependency SET met = 1 WHERE task = $1 AND needs = $2 AND met = 0;
