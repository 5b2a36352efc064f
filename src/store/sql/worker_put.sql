INSERT INTO worker (queue, name, seen, nonce, first_lease, last_lease) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (queue, name) DO UPDATE
SET seen = excluded.seen, nonce = excluded.nonce, first_lease = excluded.first_lease, last_lease = excluded.last_lease;
