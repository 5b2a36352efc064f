INSERT INTO site (account, name, kind, settings, found, fixed, state, message, seen, synced, created, rev)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);
