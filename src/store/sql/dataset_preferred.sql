SELECT queue FROM dataset WHERE preferred = 1;
