SELECT task, cursor FROM announcement ORDER BY task LIMIT 1;
