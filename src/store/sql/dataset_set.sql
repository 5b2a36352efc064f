UPDATE dataset
SET whole = $2, touched = $3, col_row = $4, open = $5, audit = $6, analyze = $7, add_prefix = $8, preferred = $9, prefix = $10,
    cea_unknown = $11, cta_unknown = $12, cpa_unknown = $13, cea_total = $14, cta_total = $15, cpa_total = $16, cea_mapped = $17,
    cta_mapped = $18, cpa_mapped = $19, results = $20, result_us = $21, errors = $22, error_us = $23, flawed = $24
WHERE queue = $1;
