UPDATE spec SET payload = $2, payload_body = $3, payload_size = $4 WHERE task = $1;
