-- Those being removed are counted, too: their rows are there.
SELECT count(*) FROM queue WHERE account = $1;
