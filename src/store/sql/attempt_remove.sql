DELETE FROM attempt WHERE lease = $1 RETURNING prev;
