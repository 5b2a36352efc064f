-- All that was handed in under a lease, but for what is removed some pieces at a time.
DELETE FROM body
WHERE kind IN (1, 2, 3) AND ref = $1
  AND NOT EXISTS (SELECT 1 FROM body_gone g WHERE g.kind = body.kind AND g.ref = body.ref);
