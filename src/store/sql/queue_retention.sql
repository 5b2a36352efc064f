-- The queue whose retention is due next.
{queue}
WHERE q.retention_us > 0 AND q.deleted IS NULL
ORDER BY q.sweep_at
LIMIT 1;
