DELETE FROM body_gone WHERE kind = $1 AND ref = $2;
