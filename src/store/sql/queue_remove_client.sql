DELETE FROM client WHERE queue = $1;
