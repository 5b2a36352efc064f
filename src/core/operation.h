/* One event for many tasks: at once where few are meant, else a stored operation worked off in slices. */
#ifndef DOCKET_CORE_OPERATION_H
#define DOCKET_CORE_OPERATION_H

#include "core/happen.h"
#include "core/queue.h"

/* Which tasks of a queue: those of the filter, each part of which may be NONE or NULL. */
struct operation_filter {
    int64_t state, exitcode, before; /* before: ended before that moment */
    const char *worker;
};

/* The event happens to the tasks ids[0..count), once to one that is named twice. All or none: 0; ERR_TASK_NOT_FOUND naming one that is not of this queue,
 * ERR_BAD_FIELD one that the event does not apply to (one already there is left alone and not counted). */
int operation_ids(struct turn *t, const struct who *who, const struct queue_row *q, const struct asked *asked,
                  const int64_t *ids, int count, int64_t *out_changed, struct err *e);

/* The event happens to all tasks of the filter that it applies to and that exist now. *out_operation: NONE if all of it is
 * done (*out_changed: how many), else the operation that goes on with it. */
int operation_filter(struct turn *t, const struct who *who, const struct queue_row *q, const struct asked *asked,
                     const struct operation_filter *f, int64_t *out_changed, int64_t *out_operation, struct err *e);

/* One slice of the oldest open operations, if there are any. */
int operation_slice(struct turn *t, struct err *e);

#endif
