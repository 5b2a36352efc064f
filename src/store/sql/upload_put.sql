INSERT INTO upload (queue, name, lines, added, existed, error_line, error_code, error_detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (queue, name) DO UPDATE
SET lines = excluded.lines, added = excluded.added, existed = excluded.existed, error_line = excluded.error_line,
    error_code = excluded.error_code, error_detail = excluded.error_detail;
