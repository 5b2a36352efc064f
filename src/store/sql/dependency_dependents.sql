SELECT task FROM dependency WHERE needs = $1 AND met = 0 AND task > $2 ORDER BY task LIMIT $3;
