INSERT INTO site_share (site, account) VALUES ($1, $2) ON CONFLICT (site, account) DO NOTHING;
