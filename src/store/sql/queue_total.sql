SELECT count(*) FROM queue WHERE deleted IS NULL;
