SELECT kind, a, b, mapped FROM target WHERE task = $1 ORDER BY kind, a, b;
