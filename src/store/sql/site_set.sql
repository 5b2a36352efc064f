UPDATE site SET kind = $2, settings = $3, found = $4, fixed = $5, state = $6, message = $7, seen = $8, synced = $9, rev = $10
WHERE id = $1;
