-- How many pending tasks of the queue come before one of priority $2 with id $3; counted up to $4.
SELECT min($4, coalesce(sum(n), 0))
FROM (SELECT CASE WHEN priority = $2 THEN min(last, $3 - 1) ELSE last END - first + 1 AS n
      FROM pending
      WHERE queue = $1 AND (priority > $2 OR priority = $2 AND first < $3)
      LIMIT $4);
