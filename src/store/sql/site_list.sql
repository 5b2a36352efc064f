-- Of one account ($1), those shared with it too; of all where it is NULL.
{site}
WHERE $1 IS NULL OR s.account = $1 OR EXISTS (SELECT 1 FROM site_share h WHERE h.site = s.id AND h.account = $1)
ORDER BY a.name, s.name
LIMIT $2;
