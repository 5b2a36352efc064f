-- Who waits for $1, directly and through others, each with the task it waits for; nearer ones first.
WITH RECURSIVE reach (id, via) AS (
    SELECT task, needs FROM dependency WHERE needs = $1 AND met = 0
    UNION
    SELECT d.task, d.needs FROM reach r JOIN dependency d ON d.needs = r.id WHERE d.met = 0)
SELECT id, via FROM reach LIMIT $2;
