/* Tasks that wait for other tasks. */
#ifndef DOCKET_CORE_DEPENDENCY_H
#define DOCKET_CORE_DEPENDENCY_H

#include "core/queue.h"

/* A task that another one of queue q may wait for: it exists, and its queue is of the same owner. *out_met: whether it
 * has succeeded; *out_bad: whether it has ended otherwise; *out_across: q->id if it is of another queue, else NONE.
 * 0; ERR_DEPENDENCY_NOT_FOUND. */
struct dependency_state {
    bool met, bad;
    int64_t across;
};
int dependency_find(struct turn *t, const struct queue_row *q, int64_t id, struct dependency_state *out,
                    struct err *e);

/* A task has ended or is gone: those who wait for it are told, slice_rows of them in one turn, the others
 * by dependency_slice. A success is one dependency less; anything else cancels those of queues that say so. */
int dependency_announce(struct turn *t, int64_t task, struct err *e);

/* Goes on telling, as far as this turn may. */
int dependency_slice(struct turn *t, struct err *e);

/* Would it close a circle if the task waited for all of these? 0; ERR_DEPENDENCY_CYCLE with the path in words; ERR_TOO_LARGE
 * where too many tasks would have to be looked at. */
int dependency_check(struct turn *t, const struct task_row *task, const int64_t *needs, int need_count, struct err *e);

#endif
