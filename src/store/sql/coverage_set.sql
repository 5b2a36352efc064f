UPDATE coverage SET cea_mapped = $3, cta_mapped = $4, cpa_mapped = $5, flawed = $6 WHERE queue = $1 AND task = $2;
