SELECT bytes FROM body WHERE kind = $1 AND ref = $2 AND seq = $3;
