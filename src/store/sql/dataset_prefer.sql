UPDATE dataset SET preferred = (queue = $1) WHERE preferred <> (queue = $1);
