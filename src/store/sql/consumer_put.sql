INSERT INTO consumer (account, name, rev, began, seen) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account, name) DO UPDATE SET rev = excluded.rev, began = excluded.began, seen = excluded.seen;
