UPDATE job SET queue = NULL WHERE queue = $1;
