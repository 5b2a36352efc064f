-- Bodies in rows of at most 256 KiB, so that nothing reads or writes more than one a turn; raw ones know their size.
-- Uploads remember what was wrong with the line they stopped at.
ALTER TABLE upload ADD COLUMN error_line INTEGER;
ALTER TABLE upload ADD COLUMN error_code TEXT;
ALTER TABLE upload ADD COLUMN error_detail TEXT;
