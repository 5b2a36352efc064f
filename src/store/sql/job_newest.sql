SELECT max(n) FROM job WHERE site = $1 AND app = $2 AND hash = $3;
