-- When somebody asked this queue for work last.
SELECT max(seen) FROM worker WHERE queue = $1;
