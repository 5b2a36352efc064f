SELECT id, name, role, password, created FROM account WHERE name = $1;
