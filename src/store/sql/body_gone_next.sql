SELECT kind, ref FROM body_gone LIMIT 1;
