DELETE FROM spec WHERE task = $1 RETURNING key, payload_body;
