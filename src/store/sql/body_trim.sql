DELETE FROM body
WHERE kind = $1 AND ref = $2 AND seq IN (SELECT seq FROM body WHERE kind = $1 AND ref = $2 LIMIT $3);
