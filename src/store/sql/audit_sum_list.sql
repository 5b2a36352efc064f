SELECT task, step, method, solved FROM audit_sum WHERE queue = $1 ORDER BY task, step, solved DESC, method;
