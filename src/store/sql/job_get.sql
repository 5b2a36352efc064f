{job}
WHERE j.id = $1;
