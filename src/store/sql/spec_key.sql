-- The name of a table: no more of the row is read than what stands before it.
SELECT key FROM spec WHERE task = $1;
