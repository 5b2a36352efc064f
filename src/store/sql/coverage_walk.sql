-- Tables of a dataset in the order of their tasks, from the one after $2 on.
SELECT task, cea_total, cta_total, cpa_total, cea_mapped, cta_mapped, cpa_mapped, flawed
FROM coverage WHERE queue = $1 AND task > $2 ORDER BY task LIMIT $3;
