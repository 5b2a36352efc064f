-- What of a task stands elsewhere too.
SELECT key, payload_body FROM spec WHERE task = $1;
