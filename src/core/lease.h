/* Leases: who may finish which task, and until when. */
#ifndef DOCKET_CORE_LEASE_H
#define DOCKET_CORE_LEASE_H

#include "core/queue.h"
#include "core/task.h"
#include "core/turn.h"

/* Closes an open lease of task: it becomes an attempt with this outcome. The task has one open lease less, and is not
 * written: the caller moves it. 0 or < 0. */
int lease_close(struct turn *t, struct task_row *task, const struct lease_row *l, enum attempt_outcome outcome,
                struct err *e);

/* The same with what was handed in for it: exitcode, message and sizes of `in` are kept. */
int lease_close_with(struct turn *t, struct task_row *task, const struct lease_row *l, enum attempt_outcome outcome,
                     const struct attempt_row *in, struct err *e);

/* The same as lease_close for all open leases of the task; none is fine. */
int lease_close_all(struct turn *t, struct task_row *task, enum attempt_outcome outcome, struct err *e);

/* The same; the message (NULL: none) is kept with each. */
int lease_close_all_saying(struct turn *t, struct task_row *task, enum attempt_outcome outcome, const char *message,
                           struct err *e);

/* Are all open leases of a running task over? 0 or < 0. */
int lease_all_over(struct turn *t, const struct task_row *task, bool *out, struct err *e);

/* An open lease of a running task: this worker's, where it has one, else the newest. 0 or < 0. */
int lease_of_task(struct turn *t, const struct task_row *task, const char *worker, struct lease_row *out, struct err *e);

/* A lease ends without a result: closes it, and the event happens to the task unless another lease of it is open. */
int lease_lose(struct turn *t, struct task_row *task, const struct lease_row *l, enum attempt_outcome outcome,
               enum task_event event, struct err *e);

const char *lease_outcome_word(enum attempt_outcome outcome);

/* The lease if it is open and this worker's in this queue. 0, or STORE_EMPTY. */
int lease_find(struct turn *t, const struct queue_row *q, const char *worker, int64_t id, struct lease_row *out,
               struct err *e);

/* The same, with its task. */
int lease_find_task(struct turn *t, const struct queue_row *q, const char *worker, int64_t id,
                    struct lease_row *out_lease, struct task_row *out_task, struct err *e);

enum renew_outcome { RENEW_RENEWED, RENEW_PAUSED, RENEW_CANCELLED, RENEW_LOST };

/* Lengthens a lease to length_us from now (0: the queue's), never shortens it. begun: its command runs.
 * *out_until: its new end, NONE where it is not renewed. 0 or < 0. */
int lease_renew(struct turn *t, const struct queue_row *q, const char *worker, int64_t id, bool begun,
                int64_t length_us, enum renew_outcome *out_outcome, int64_t *out_until, struct err *e);

/* A worker asked for something other than tasks: it is there. */
void lease_seen(struct turn *t, const struct queue_row *q, const char *worker);

/* Notes that the command of a lease has begun. One that is not open is left alone. 0 or < 0. */
int lease_begin(struct turn *t, const struct queue_row *q, const char *worker, int64_t id, struct err *e);

/* Gives a lease back, nothing counted. *out_released: false if it was not this worker's any more. 0 or < 0. */
int lease_release(struct turn *t, const struct queue_row *q, const char *worker, int64_t id, bool *out_released,
                  struct err *e);

/* The open leases of a worker in a queue, at most LIMIT_LEASES. */
int lease_list(struct turn *t, const struct queue_row *q, const char *worker, struct arena *a,
               struct lease_row **out_rows, int *out_count, struct err *e);

#endif
