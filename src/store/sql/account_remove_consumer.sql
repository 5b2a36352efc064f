DELETE FROM consumer WHERE account = $1;
