DELETE FROM audit_sum WHERE queue = $1;
