{scale}
WHERE c.queue = $1 AND c.site = $2;
