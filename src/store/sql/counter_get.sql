SELECT state, n FROM counter WHERE queue = $1;
