-- How many pending tasks of the queue come before one of priority $2 with id $3; counted up to $4.
SELECT count(*)
FROM (SELECT 1 FROM pending
      WHERE queue = $1 AND (priority > $2 OR priority = $2 AND task < $3)
      LIMIT $4);
