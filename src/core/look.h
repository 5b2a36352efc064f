/* Looking at tasks without disturbing them. */
#ifndef DOCKET_CORE_LOOK_H
#define DOCKET_CORE_LOOK_H

#include "core/body.h"
#include "core/queue.h"

enum { LOOK_ATTEMPTS_MAX = 100, LOOK_NEEDS_MAX = 100 };

struct look_task {
    struct task_full full;
    struct queue_row queue;
    struct attempt_row *attempts; /* newest first; an open lease is one with outcome ATTEMPT_OPEN */
    int attempt_count;
    struct dependency_row *needs; /* what it waits for or waited for, unmet first */
    int need_count;
};

/* A task of the asker's. 0 or ERR_TASK_NOT_FOUND. history: with its attempts, at most LOOK_ATTEMPTS_MAX, and what it waits
 * for, at most LOOK_NEEDS_MAX. */
int look_task(struct turn *t, const struct who *who, int64_t id, bool history, struct arena *a,
              struct look_task *out, struct err *e);

/* What attempt n of the task handed in (n NONE: the last one that handed in anything). Bytes that were not handed in are
 * NULL; of outputs the last LIMIT_OUTPUT bytes; a raw result is not read, only its size. 0; ERR_TASK_NOT_FOUND; ERR_OUTPUT_NOT_FOUND. */
struct look_output {
    struct attempt_row attempt;
    const char *out, *err, *result;
    size_t out_n, err_n, result_n;
    int64_t result_size; /* NONE: there is no result */
    bool result_raw;
};
int look_output(struct turn *t, const struct who *who, int64_t id, int64_t n, struct arena *a, struct look_output *out,
                struct err *e);

/* The result of a task (looked up with its attempts): its size, and whether it was handed in raw. 0 or < 0. */
int look_result(struct turn *t, const struct look_task *task, struct body *out, struct err *e);

/* What the last lease of a task handed in (one superseded is passed over); nothing where it handed in nothing (or lease is NONE). 0 or < 0. */
int look_handed_in(struct turn *t, int64_t lease, struct arena *a, struct look_output *out, struct err *e);

/* A page of tasks: store_task_list for a queue of the asker's. */
int look_list(struct turn *t, const struct task_filter *f, int max, struct arena *a, struct task_full **out_tasks,
              int *out_count, int64_t *out_next, struct err *e);

#endif
