SELECT count(*) FROM site_share WHERE site = $1 AND account = $2;
