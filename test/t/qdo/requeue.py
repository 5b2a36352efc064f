"""Re-queues failed tasks by what they said: requeue.py QUEUE WORDS LOGS. What task ID wrote is in LOGS/ID.log, its message in the queue."""
import os
import sys

import qdo

queue, words, logs = qdo.connect(sys.argv[1]), sys.argv[2], sys.argv[3]
for task in queue.tasks(state="Failed"):
    log = os.path.join(logs, "%d.log" % task.id)
    said = open(log).read() if os.path.exists(log) else ""
    if words in said or words in (task.message or ""):
        queue.tasks(id=task.id).set_state(qdo.Task.PENDING)
        print(task.id)
for stuck in queue.tasks(state="Running"):
    queue.tasks(id=int(stuck.id)).set_state(qdo.Task.PENDING)
    print("stuck", stuck.id)
try:
    queue.tasks(id=10**9)
except ValueError as e:
    print("ValueError", e)
