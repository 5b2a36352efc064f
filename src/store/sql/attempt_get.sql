SELECT lease, task, queue, n, prev, worker, started, finished, outcome, exitcode, message, stdout_size, stderr_size,
    late_at, late_exitcode, late_message
FROM attempt
WHERE lease = $1;
