-- What $1 waits for, directly and through others, each with the task that waits for it; nearer ones first.
WITH RECURSIVE reach (id, via) AS (
    SELECT needs, task FROM dependency WHERE task = $1 AND met = 0
    UNION
    SELECT d.needs, d.task FROM reach r JOIN dependency d ON d.task = r.id WHERE d.met = 0)
SELECT id, via FROM reach LIMIT $2;
