SELECT queue, name, seen FROM client WHERE seen > $1 ORDER BY seen;
