SELECT sum(length(bytes)) FROM body WHERE kind = $1 AND ref = $2;
