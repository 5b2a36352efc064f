/* Taking results. */
#ifndef DOCKET_CORE_FINISH_H
#define DOCKET_CORE_FINISH_H

#include "core/queue.h"

struct finish_bytes {
    const char *data; /* NULL: none */
    size_t n;
};

struct finish_result {
    int64_t lease, exitcode;
    const char *message;                 /* NULL: none */
    struct finish_bytes out, err;        /* the ends of what it printed */
    int64_t out_size, err_size;          /* how much it printed in all; NONE: not said */
    const char *result;                  /* JSON text; NULL: none */
};

enum finish_outcome { FINISH_ACCEPTED, FINISH_REPEATED, FINISH_STALE, FINISH_UNKNOWN };

/* One result for one lease. Accepted only from the open lease of this worker in this queue; handed in again it is
 * REPEATED (*out_first: what it was the first time) and not looked at; where the lease ended otherwise it is STALE, and the
 * first such result is kept beside the attempt. Where the task has ended by it, it is
 * added to *ended. 0 or < 0. */
int finish_task(struct turn *t, const struct queue_row *q, const char *worker, const struct finish_result *in,
                enum finish_outcome *out_outcome, const char **out_first, struct rate_sum *ended, struct err *e);

/* The result of an open lease is taken: the task goes where its queue's policy says. *ended as above. 0 or < 0. */
int finish_open(struct turn *t, const struct queue_row *q, const struct lease_row *lease, struct task_row *task,
                const struct finish_result *in, struct rate_sum *ended, struct err *e);

const char *finish_outcome_word(enum finish_outcome outcome);

#endif
