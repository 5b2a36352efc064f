{dataset}
WHERE d.queue = $1;
