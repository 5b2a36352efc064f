-- Accounts have a role and may have a password; tokens are credentials that may do less than their account.
ALTER TABLE account ADD COLUMN role INTEGER NOT NULL DEFAULT 2; -- 1 admin, 2 user
ALTER TABLE account ADD COLUMN password TEXT;                   -- argon2id, salted; NULL: nobody comes in by one
ALTER TABLE credential ADD COLUMN scope INTEGER NOT NULL DEFAULT 1; -- 1 all, 2 to read, 3 to work a queue; kind 3: a token
ALTER TABLE credential ADD COLUMN queue INTEGER;                -- of scope 3: which
ALTER TABLE credential ADD COLUMN note TEXT;                    -- what a token is for
CREATE INDEX credential_account ON credential (account, kind);
