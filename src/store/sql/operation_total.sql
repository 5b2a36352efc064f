SELECT count(*) FROM operation WHERE ended IS NULL;
