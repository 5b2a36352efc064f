-- All that was handed in under a lease.
DELETE FROM body WHERE kind IN (1, 2, 3) AND ref = $1;
