/* Saying in which state a task is to be: for clients that know tasks and their states, and nothing of leases. */
#ifndef DOCKET_CORE_SET_STATE_H
#define DOCKET_CORE_SET_STATE_H

#include "core/look.h"

struct set_state_ask {
    enum task_state to;
    int64_t exitcode;    /* of one that succeeded 0, of one that failed another; NONE: 0 or 1; else not looked at */
    const char *message; /* kept with the attempts that end by it; NULL: none */
    const char *worker;  /* as whom the asker works */
};

/* Brings a task that was looked up into that state, as the table of set_state.c says, and notes it in the journal where
 * no attempt tells of it. task->full.task: as it is afterwards. Where a worker's task has ended by it, it is added to *ended. 0 (also where it is there
 * already); ERR_TASK_STATE: there is no such way, or its queue is paused; ERR_FORBIDDEN: more than working the queue; ERR_STORAGE_FULL. */
int set_state_task(struct turn *t, const struct who *who, struct look_task *task, const struct set_state_ask *ask,
                   struct rate_sum *ended, struct err *e);

#endif
