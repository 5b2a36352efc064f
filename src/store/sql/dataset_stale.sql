-- An import that nobody goes on with; one that was given up already has none.
SELECT queue FROM dataset WHERE whole = 0 AND touched > 0 AND touched < $1 ORDER BY queue LIMIT 1;
