DELETE FROM audit WHERE queue = $1;
