-- Of whole ones, by the queue's number.
{queue}
JOIN dataset d ON d.queue = q.id
WHERE d.whole = 1 AND q.deleted IS NULL
ORDER BY q.id
LIMIT $1;
