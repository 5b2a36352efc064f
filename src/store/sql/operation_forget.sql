-- Those that ended long enough ago for everybody who waited to have heard.
DELETE FROM operation WHERE ended <= $1;
