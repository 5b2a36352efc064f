/* Handing out tasks. */
#ifndef DOCKET_CORE_CLAIM_H
#define DOCKET_CORE_CLAIM_H

#include "core/queue.h"

struct claim_ask {
    const char *worker;
    const char *nonce; /* NULL: none */
    int64_t max, begin; /* begin: so many of them begin at once */
    int64_t lease_us;  /* 0: the queue's */
};

struct claim_answer {
    struct task_full *tasks;
    struct lease_row *leases; /* leases[i] is for tasks[i] */
    int count;
    bool again; /* it was answered before: count may be 0 because its leases have ended */
};

/* Leases up to ask->max pending tasks (where there is none and the queue speculates: running ones, a second time); or answers the worker's last claim again if it has the same nonce. No task is
 * given while the queue is paused or the disk is full. 0 (with count 0 where there is none) or < 0. */
int claim_tasks(struct turn *t, const struct queue_row *q, const struct claim_ask *ask, struct arena *a,
                struct claim_answer *out, struct err *e);

/* Opens a lease on a task that somebody names; the caller moves the task. 0 or < 0. */
int claim_open(struct turn *t, const char *worker, int64_t length_us, bool begun, struct task_row *task,
               struct lease_row *out, struct err *e);

/* The claim of this very task, which is pending. 0 or < 0. */
int claim_this(struct turn *t, const struct queue_row *q, const char *worker, int64_t length_us, struct task_row *task,
               struct err *e);

#endif
