UPDATE lease SET raw = 1 WHERE id = $1;
