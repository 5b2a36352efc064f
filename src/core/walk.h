/* All tasks of a queue that meet a filter, a few at a time, between turns: nothing is kept open from step to step, so
 * whoever reads slowly holds nothing. What a step finds is as it is at that moment. */
#ifndef DOCKET_CORE_WALK_H
#define DOCKET_CORE_WALK_H

#include "core/queue.h"

struct walk {
    struct task_filter filter; /* its `after` moves on, its `upto` is the newest task at the beginning */
    bool over;
};

/* A task with what it waits for. */
struct walk_task {
    struct task_full full;
    struct dependency_row *needs;
    int need_count;
};

/* Begins a walk over those in a state (NONE: any) and with an exit code (NONE: any). 0 or < 0. */
int walk_begin(struct turn *t, const struct queue_row *q, int64_t state, int64_t exitcode, struct walk *out, struct err *e);

/* The next up to max tasks, among at most a bounded number looked at: none does not mean that there are no more, w->over
 * does. Rows live in a. 0; ERR_QUEUE_NOT_FOUND: the queue was removed meanwhile; < 0. */
int walk_step(struct turn *t, struct walk *w, int max, struct arena *a, struct walk_task **out, int *out_count,
              struct err *e);

/* One task with what it waits for. 0 or < 0. */
int walk_one(struct turn *t, const struct task_full *task, struct arena *a, struct walk_task *out, struct err *e);

/* A turn that only looks, between turns. 0 or < 0; then to be ended, at once. */
int walk_turn_begin(struct engine *c, struct arena *a, struct turn *out, struct err *e);
void walk_turn_end(struct turn *t);

#endif
