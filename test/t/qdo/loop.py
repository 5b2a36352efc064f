"""A worker in Python: loop.py QUEUE TIMEOUT [LOG]. A task that begins with "bad" fails, "slow" takes a while; each that is done stands in LOG."""
import sys
import time

import qdo

queue = qdo.connect(sys.argv[1])
log = open(sys.argv[3], "a", buffering=1) if len(sys.argv) > 3 else sys.stdout
while True:
    task = queue.get(timeout=float(sys.argv[2]))
    if task is None:
        break
    assert task.state == qdo.Task.RUNNING
    if task.task.startswith("slow"):
        print("+", task.task, file=log)
        time.sleep(float(task.task.split()[1]))
    if task.task.startswith("bad"):
        task.set_state(qdo.Task.FAILED, err=1, message="no such brick: " + task.task)
    else:
        task.set_state(qdo.Task.SUCCEEDED)
    print(task.id, task.task, file=log)
