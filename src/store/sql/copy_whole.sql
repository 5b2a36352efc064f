-- Is every page and every index of the file whole? 'ok', or what is not.
PRAGMA integrity_check (1);
