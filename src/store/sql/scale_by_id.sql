{scale}
WHERE c.id = $1;
