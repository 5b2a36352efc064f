SELECT seen, nonce, first_lease, last_lease FROM worker WHERE queue = $1 AND name = $2;
