-- Made short for those who claim: ids are given by the store (mark keeps the newest), not by AUTOINCREMENT, which rewrites a
-- table of its own with each row; a lease knows whether anything was handed in raw under it.
ALTER TABLE mark ADD COLUMN task INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mark ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;
UPDATE mark
SET task = max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'task'), 0),
               coalesce((SELECT max(id) FROM task), 0)),
    lease = max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'lease'), 0),
                coalesce((SELECT max(id) FROM lease), 0), coalesce((SELECT max(lease) FROM attempt), 0));

ALTER TABLE lease ADD COLUMN raw INTEGER NOT NULL DEFAULT 0;
UPDATE lease SET raw = 1 WHERE id IN (SELECT ref FROM body_raw WHERE kind < 4);

-- As https://www.sqlite.org/lang_altertable.html#otheralter has it for what does not change the rows.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'INTEGER PRIMARY KEY AUTOINCREMENT', 'INTEGER PRIMARY KEY')
WHERE type = 'table' AND name IN ('task', 'lease');
PRAGMA writable_schema = RESET;
