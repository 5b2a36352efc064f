-- After a time without a server no worker is blamed: each open lease runs at least its queue's length from now.
UPDATE lease
SET until = max(until, $1 + (SELECT lease_us FROM queue WHERE queue.id = lease.queue));
