-- What a store of any schema says of itself.
SELECT rev, at FROM mark;
