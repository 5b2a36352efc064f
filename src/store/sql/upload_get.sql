SELECT lines, added, existed, error_line, error_code, error_detail
FROM upload
WHERE queue = $1 AND name = $2;
