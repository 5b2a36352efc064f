-- Times are seconds there, with fractions.
INSERT INTO assignments VALUES ($1, $2, $3 / 1e6, $4 / 1e6, $5, $6);
