-- As read_dataset takes it.
SELECT d.queue, d.whole, d.touched, d.col_row, d.open, d.audit, d.analyze, d.add_prefix, d.preferred, d.gt, d.solution, d.prefix,
       d.cea_unknown, d.cta_unknown, d.cpa_unknown, d.cea_total, d.cta_total, d.cpa_total, d.cea_mapped, d.cta_mapped,
       d.cpa_mapped, d.results, d.result_us, d.errors, d.error_us, d.flawed
FROM dataset d
