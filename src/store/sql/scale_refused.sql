{job}
WHERE j.scale = $1 AND j.open = 0 AND j.state = 5 AND j.batch IS NULL AND j.started IS NULL AND j.exitcode IS NULL
ORDER BY j.id DESC
LIMIT $3 OFFSET $2;
