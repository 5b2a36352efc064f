UPDATE lease SET until = $2, begun = $3 WHERE id = $1;
