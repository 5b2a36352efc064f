SELECT a.name FROM site_share h JOIN account a ON a.id = h.account WHERE h.site = $1 ORDER BY a.name;
