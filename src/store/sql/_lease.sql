-- As read_lease takes it.
l.id, l.task, l.queue, l.n, l.prev, l.worker, l.started, l.until, l.begun, l.raw
