SELECT kind, size FROM body_raw WHERE ref = $1 AND kind < 4;
