/* What somebody may ask to happen to a task: cancel, retry, rerun, recover, revive, delete. */
#ifndef DOCKET_CORE_HAPPEN_H
#define DOCKET_CORE_HAPPEN_H

#include "core/task.h"

struct asked {
    enum task_event event; /* EV_CANCELLED, EV_RETRIED, EV_RERUN, EV_RECOVERED, EV_REVIVED, EV_DELETED */
    int64_t flags;         /* enum operation_flags */
    int64_t priority;      /* NONE: as it is */
};

/* May the event happen to tasks in this state (asked by id)? Pure. */
bool happen_can(const struct asked *a, enum task_state state);

/* Is the task already where the event would bring it? Pure. */
bool happen_already(const struct asked *a, const struct task_row *task);

/* Does a table in that state, so mapped, meet the flags that choose tables (OPERATION_NO_RESULT and those behind it)? Pure. */
struct coverage_row;
bool happen_table_meets(int64_t flags, enum task_state state, const struct coverage_row *c);

/* Is the task meant when the event is asked of all that a filter meets? Retry means failed ones, and with OPERATION_KILLED
 * those killed by crashes or for what they waited for: cancelled ones only by id. 0 or < 0. */
int happen_meant(struct turn *t, const struct asked *a, const struct task_row *task, bool *out, struct err *e);

/* It happens: leases are closed, counters set back, the task moves on or is removed. 0 or < 0. */
int happen(struct turn *t, const struct asked *a, struct task_row *task, struct err *e);

#endif
