-- Nothing waits, through others or not, for itself.
WITH RECURSIVE way (start, id) AS (
    SELECT task, needs FROM dependency WHERE met = 0
    UNION
    SELECT w.start, d.needs FROM way w JOIN dependency d ON d.task = w.id WHERE d.met = 0)
SELECT count(*) FROM way WHERE id = start;
