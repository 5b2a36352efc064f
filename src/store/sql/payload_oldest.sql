SELECT id, changed FROM payload ORDER BY changed LIMIT 1;
