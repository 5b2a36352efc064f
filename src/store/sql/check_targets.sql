-- Coverage and the figures of datasets say what their targets say, and each belongs to a task.
SELECT (SELECT count(*) FROM coverage c WHERE c.cea_total <> (SELECT count(*) FROM target WHERE task = c.task AND kind = 1)
        OR c.cta_total <> (SELECT count(*) FROM target WHERE task = c.task AND kind = 2)
        OR c.cpa_total <> (SELECT count(*) FROM target WHERE task = c.task AND kind = 3)
        OR c.cea_mapped <> (SELECT count(mapped) FROM target WHERE task = c.task AND kind = 1)
        OR c.cta_mapped <> (SELECT count(mapped) FROM target WHERE task = c.task AND kind = 2)
        OR c.cpa_mapped <> (SELECT count(mapped) FROM target WHERE task = c.task AND kind = 3))
     + (SELECT count(*) FROM dataset d WHERE (d.cea_total, d.cta_total, d.cpa_total, d.cea_mapped, d.cta_mapped, d.cpa_mapped, d.flawed)
        <> (SELECT coalesce(sum(cea_total), 0), coalesce(sum(cta_total), 0), coalesce(sum(cpa_total), 0), coalesce(sum(cea_mapped), 0),
            coalesce(sum(cta_mapped), 0), coalesce(sum(cpa_mapped), 0), coalesce(sum(flawed), 0) FROM coverage c WHERE c.queue = d.queue))
     + (SELECT count(*) FROM coverage WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM target WHERE task NOT IN (SELECT id FROM task))
     + (SELECT count(*) FROM truth WHERE task NOT IN (SELECT id FROM task));
