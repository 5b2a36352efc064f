UPDATE attempt
SET late_at = $2, late_exitcode = $3, late_message = $4, stdout_size = $5, stderr_size = $6
WHERE lease = $1 AND late_at IS NULL;
