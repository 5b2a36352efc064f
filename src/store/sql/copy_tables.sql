-- How many of the tables are there that every docket store has: all of them, or it is none.
SELECT count(*) FROM sqlite_schema
WHERE type = 'table' AND name IN ('mark', 'account', 'queue', 'counter', 'task', 'spec', 'lease', 'attempt');
