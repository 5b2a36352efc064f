{job}
WHERE j.rev > $1
ORDER BY j.rev
LIMIT $2;
