-- The revision that every consumer has acknowledged; nothing where there are none.
SELECT min(rev) FROM consumer HAVING count(*) > 0;
