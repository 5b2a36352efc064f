-- Whole ones, by the queue's number.
SELECT queue FROM dataset WHERE whole = 1 AND queue > $1 AND queue IN (SELECT id FROM queue WHERE deleted IS NULL) ORDER BY queue LIMIT $2;
