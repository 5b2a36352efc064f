SELECT kind, a, b, value FROM truth WHERE task = $1 AND source = $2 ORDER BY kind, a, b;
