-- Of one account ($1) and at its sites; of all where it is NULL. Each filter may be NULL.
{job}
WHERE j.id < $2 AND ($1 IS NULL OR j.account = $1 OR s.account = $1) AND ($3 IS NULL OR j.site = $3)
  AND ($4 IS NULL OR j.queue = $4) AND ($5 IS NULL OR j.state = $5) AND ($6 = 0 OR j.open = 1)
ORDER BY j.id DESC
LIMIT $7;
