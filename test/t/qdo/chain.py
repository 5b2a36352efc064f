"""Chained stages: chain.py FROM TO MOST. What succeeded in FROM is put into TO; what failed is tried again until it has failed MOST times;
killed tasks are revived with priority 2. Its own notes are in chain.json."""
import json
import os
import sys

import qdo

first, second, most = qdo.connect(sys.argv[1]), qdo.connect(sys.argv[2], create_ok=True), int(sys.argv[3])
notes = json.load(open("chain.json")) if os.path.exists("chain.json") else {"passed": [], "failed": {}}

passed = [task.task for task in first.tasks(state=qdo.Task.SUCCEEDED) if task.task not in notes["passed"]]
second.add_multiple(passed)
notes["passed"] += passed
for task in first.tasks(state=qdo.Task.FAILED):
    times = notes["failed"][str(task.id)] = notes["failed"].get(str(task.id), 0) + 1
    if times < most:
        first.set_task_state(task.id, qdo.Task.PENDING)
revived = first.revive()
json.dump(notes, open("chain.json", "w"))
print(len(passed), revived, first.status()["ntasks"]["Pending"], second.status()["ntasks"]["Pending"])
