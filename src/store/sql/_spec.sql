-- The other half, as read_spec takes it.
s.key, s.command, s.payload, s.cwd, s.env, s.time_limit, s.payload_body, s.payload_size
