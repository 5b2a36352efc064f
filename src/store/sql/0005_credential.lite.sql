-- What a person shows to be let in, by its hash: the secret itself is nowhere.
CREATE TABLE credential (
    hash    BLOB PRIMARY KEY,
    kind    INTEGER NOT NULL,  -- 1 a link to sign in by, once; 2 a browser that was signed in
    account INTEGER NOT NULL REFERENCES account (id),
    made    INTEGER NOT NULL,
    ends    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX credential_ends ON credential (kind, ends);
