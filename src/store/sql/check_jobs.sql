-- Jobs of which the index of open ones knows something else than their state and what is wanted of them.
SELECT count(*) FROM job WHERE open <> (state <= 3 OR wanted <> 0);
