"""Reports what is in which state: status_report.py QUEUE…; without one, all of them."""
import sys

import qdo

STATES = (qdo.Task.WAITING, qdo.Task.PENDING, qdo.Task.RUNNING, qdo.Task.SUCCEEDED, qdo.Task.FAILED)

for queue in [qdo.connect(name) for name in sys.argv[1:]] or qdo.qlist():
    counts = queue.status()["ntasks"]
    total = sum(counts.values())
    print(queue.name, queue.state, total)
    for state in STATES:
        tasks = queue.tasks(state=state)
        assert len(tasks) == counts[state], (state, len(tasks), counts)
        print("  %-10s %3d%%  %s" % (state, 100 * len(tasks) // max(total, 1), " ".join(str(task.id) for task in tasks)))
    for task in queue.tasks(state=qdo.Task.FAILED):
        print("  %d: %s exit %d %s" % (task.id, task.task, task.err, task.message))
