-- The first ones of a run have left it.
UPDATE pending SET first = $5 WHERE queue = $1 AND priority = $2 AND last = $3 AND first = $4;
