"""Moves tasks from a queue into another, those it does not have yet: move_tasks.py FROM TO STATE"""
import sys

import qdo

source, state = qdo.connect(sys.argv[1]), sys.argv[3]
try:
    target = qdo.connect(sys.argv[2])
except ValueError:
    target = qdo.create(sys.argv[2])

there = {task.task for task in target.tasks()}
wanted = {task.task for task in source.tasks() if task.state == state}
target.add_multiple(wanted - there)
print(len(wanted - there))
