UPDATE mark SET rev = $1, at = max(at, $2), task = $3, lease = $4, packed = $5, kept = $6 WHERE id = 1;
