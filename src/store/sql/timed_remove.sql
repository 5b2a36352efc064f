DELETE FROM timed WHERE at = $1 AND task = $2 AND queue = $3;
