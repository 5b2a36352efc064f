UPDATE mark SET rev = $1, at = max(at, $2), task = $3, lease = $4 WHERE id = 1;
