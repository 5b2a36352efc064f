DELETE FROM consumer WHERE account = $1 AND name = $2;
