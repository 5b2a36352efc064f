SELECT count(*) FROM operation;
