UPDATE job SET n = $2, submission = $3, state = $4, wanted = $5, reason = $6, batch = $7, exitcode = $8, files = $9, started = $10,
               finished = $11, seen = $12, cleaned = $13, open = $14, rev = $15, credential = $16, files_ref = $17
WHERE id = $1;
