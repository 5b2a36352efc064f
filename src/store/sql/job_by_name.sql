{job}
WHERE j.site = $1 AND j.app = $2 AND j.hash = $3 AND j.n = $4;
