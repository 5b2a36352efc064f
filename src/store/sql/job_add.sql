INSERT INTO job (account, site, app, hash, n, name, submission, settings, queue, scale, workers, cores, walltime, state, wanted,
                 reason, batch, exitcode, files, files_ref, submitted, started, finished, seen, cleaned, adopted, open, rev)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28);
