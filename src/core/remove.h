/* Removing tasks and queues for good. */
#ifndef DOCKET_CORE_REMOVE_H
#define DOCKET_CORE_REMOVE_H

#include "core/queue.h"

/* Removes a task with all that is known of it. tombstone: readers of changes are told of it (not where its whole queue
 * goes). Those who wait for it are told that it ended badly. 0 or < 0. */
int remove_task(struct turn *t, const struct task_row *task, bool tombstone, struct err *e);

/* Removes a queue: it is gone from all sight at once, its name is free, and its tasks follow by an operation. force:
 * also while tasks run; what is handed in for those later is unknown. 0 with *out_operation; ERR_QUEUE_NOT_FOUND;
 * ERR_QUEUE_RUNNING. */
int remove_queue(struct turn *t, const struct who *who, const struct queue_ref *ref, bool force, struct arena *a,
                 int64_t *out_operation, struct err *e);

/* The rows of a queue that nobody sees follow by an operation: it was hidden, or an import that did not come to its end. 0 or < 0. */
int remove_hidden(struct turn *t, int64_t queue, const char *actor, int64_t *out_operation, struct err *e);

/* The last task of a queue being removed is gone: so is the rest of it. */
int remove_queue_rest(struct turn *t, int64_t queue, struct err *e);

#endif
