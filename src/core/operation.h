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

/* What became of the tasks meant. */
struct operation_sum {
    int64_t changed;
    int64_t live; /* recover: of those, how many a live worker held: one whose lease was not over */
};

/* How long the row of an operation stays once it has been worked off, for those who wait for its end. */
enum { OPERATION_KEPT_SECONDS = 60 };

/* What it is called: "retry", "reset". Pure. */
const char *operation_word(enum task_event event, int64_t flags);

/* The event happens to the tasks ids[0..count), once to one that is named twice. All or none: 0; ERR_TASK_NOT_FOUND naming one that is not of this queue,
 * ERR_BAD_FIELD one that the event does not apply to (one already there is left alone and not counted). */
int operation_ids(struct turn *t, const struct who *who, const struct queue_row *q, const struct asked *asked,
                  const int64_t *ids, int count, struct operation_sum *out, struct err *e);

/* The event happens to all tasks of the filter that it applies to and that exist now. *out_operation: NONE if all of it is
 * done (*out: how many), else the operation that goes on with it. */
int operation_filter(struct turn *t, const struct who *who, const struct queue_row *q, const struct asked *asked,
                     const struct operation_filter *f, struct operation_sum *out, int64_t *out_operation, struct err *e);

/* Where works are parked that wait for the end of an operation (effects.queue). */
int64_t operation_lane(int64_t id);

/* Is the operation over? *out_ended, and then *out. 0; ERR_QUEUE_NOT_FOUND: its queue was removed, and it with it. */
int operation_ended(struct turn *t, int64_t id, bool *out_ended, struct operation_sum *out, struct err *e);

/* The queue is being removed: its operations are over, and those who wait for them hear of it. 0 or < 0. */
int operation_drop_all(struct turn *t, int64_t queue, struct err *e);

/* Forgets those that ended a while ago. 0 or < 0. */
int operation_forget(struct turn *t, struct err *e);

/* One slice of the oldest open operations, if there are any. */
int operation_slice(struct turn *t, struct err *e);

#endif
