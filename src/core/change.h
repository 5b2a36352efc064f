/* Changing a task that nobody has claimed yet. */
#ifndef DOCKET_CORE_CHANGE_H
#define DOCKET_CORE_CHANGE_H

#include "core/queue.h"

struct change_task {
    bool has_priority, has_not_before, has_needs;
    int64_t priority;
    int64_t not_before; /* NONE: at once */
    const int64_t *needs; /* ids of what it waits for from now on; one named twice is one */
    int need_count;
};

/* Changes a waiting or pending task of the asker; it waits, or waits no more, as follows from that. 0; ERR_TASK_NOT_FOUND;
 * ERR_TASK_STATE where it runs or has ended; ERR_DEPENDENCY_NOT_FOUND; ERR_DEPENDENCY_CYCLE. */
int change_task(struct turn *t, const struct who *who, int64_t id, const struct change_task *c, struct err *e);

#endif
