UPDATE target SET mapped = $5 WHERE task = $1 AND kind = $2 AND a = $3 AND b = $4;
