DELETE FROM site_share WHERE site = $1;
