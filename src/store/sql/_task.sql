-- The mutable half of a task, as read_task takes it.
t.id, t.queue, t.state, t.event, t.priority, t.leases, t.open, t.failures, t.crashes, t.unmet, t.needed, t.lease, t.exitcode,
t.not_before, t.created, t.started, t.finished, t.rev
