{lease}
WHERE id = $1;
