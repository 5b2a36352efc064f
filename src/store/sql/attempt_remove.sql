DELETE FROM attempt WHERE lease = $1;
