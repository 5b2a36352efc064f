SELECT count(*) FROM job WHERE files_ref = $1;
