-- How long those hold a task who cannot renew; how many tasks an operation took from live workers, and its sums for those
-- who wait for its end.
ALTER TABLE queue ADD COLUMN face_lease_us INTEGER NOT NULL DEFAULT 86400000000;
ALTER TABLE operation ADD COLUMN live INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN ended INTEGER;   -- when it was worked off; its row goes a little later
