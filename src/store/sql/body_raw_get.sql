SELECT size FROM body_raw WHERE kind = $1 AND ref = $2;
