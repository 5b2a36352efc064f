SELECT min(until) FROM lease;
