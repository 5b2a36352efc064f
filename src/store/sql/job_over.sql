-- Jobs that have ended and are still there at their sites, the longest ended first.
{job}
WHERE j.open = 0 AND j.cleaned = 0 AND j.finished IS NOT NULL AND j.id > $1
ORDER BY j.id
LIMIT $2;
