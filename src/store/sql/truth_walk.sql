-- Right answers of a table, each with the target it is of, if there is one, from the one after ($2, $3, $4) on.
SELECT r.kind, r.a, r.b, r.value, t.task IS NOT NULL, t.mapped
FROM truth r
LEFT JOIN target t ON t.task = r.task AND t.kind = r.kind AND t.a = r.a AND t.b = r.b
WHERE r.task = $1 AND r.source = 2 AND (r.kind, r.a, r.b) > ($2, $3, $4)
ORDER BY r.kind, r.a, r.b LIMIT $5;
