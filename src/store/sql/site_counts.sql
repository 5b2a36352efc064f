SELECT state, count(*) FROM job WHERE site = $1 GROUP BY state;
