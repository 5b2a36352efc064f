-- The first of a run leaves it.
UPDATE pending SET first = $4 + 1 WHERE queue = $1 AND priority = $2 AND last = $3 AND first = $4;
