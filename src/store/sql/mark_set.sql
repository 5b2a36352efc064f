UPDATE mark SET rev = $1, at = max(at, $2) WHERE id = 1;
