/* Adding tasks: all of them, or none. */
#ifndef DOCKET_CORE_SUBMIT_H
#define DOCKET_CORE_SUBMIT_H

#include "core/queue.h"

/* A task to wait for: by id, or (key not NULL) by its key in the queue or the same request. */
struct submit_need {
    int64_t id;
    const char *key;
};

struct submit_task {
    struct spec_row spec;
    const char *payload_upload; /* NULL: none; else the uploaded payload that becomes this task's */
    int64_t priority;
    int64_t not_before; /* NONE: at once */
    const struct submit_need *needs;
    int need_count;
};

enum submit_order {
    SUBMIT_ANY_ORDER, /* a key to wait for may be that of a later task */
    SUBMIT_IN_ORDER,  /* only of an earlier one: the tasks are part of a longer row */
};

/* Adds all tasks, or none of them on failure. A key that the queue has is not added again. Tasks of the same call may wait
 * for each other by key. Where the queue cancels what waits for a task that ended badly, one that would wait for such,
 * itself or through others of the call, is added killed. out_ids[count]: the id of each, new or old; *out_existed: how
 * many were there. 0; ERR_PAYLOAD_NOT_FOUND; ERR_DEPENDENCY_NOT_FOUND; ERR_DEPENDENCY_CYCLE naming the way;
 * ERR_TOO_LARGE; *out_bad (may be NULL): the task the refusal is about. */
int submit_tasks(struct turn *t, const struct queue_row *q, const struct submit_task *tasks, int count,
                 enum submit_order order, struct arena *a, int64_t *out_ids, int *out_existed, int *out_bad, struct err *e);

/* Would submit_tasks find what the task names? Nothing is changed. 0; ERR_PAYLOAD_NOT_FOUND; < 0. */
int submit_check(struct turn *t, const struct queue_row *q, const struct submit_task *task, struct err *e);

#endif
