DELETE FROM site_share WHERE account = $1;
