UPDATE payload SET changed = $2 WHERE id = $1;
