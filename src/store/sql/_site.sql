-- As read_site takes it.
SELECT s.id, s.account, a.name, s.name, s.kind, s.settings, s.found, s.fixed, s.state, s.message, s.seen, s.synced, s.created, s.rev
FROM site s JOIN account a ON a.id = s.account
