DELETE FROM credential
WHERE hash IN (SELECT hash FROM credential WHERE kind = $1 AND account = $2 ORDER BY ends DESC, hash LIMIT -1 OFFSET $3);
