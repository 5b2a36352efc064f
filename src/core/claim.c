/* See claim.h. Lease ids grow, so what a claim with a nonce was answered is remembered as the first and last id of it in
 * the worker's row: a repeated nonce finds its leases without an index. A claim without one leaves no row. */
#include "core/claim.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/task.h"

enum { SEEN_EVERY_SECONDS = 30 }; /* how stale `seen` may be for workers that find nothing */

/* The open leases of the worker's last claim, if the nonce is that claim's. 0 when answered, STORE_EMPTY when new. */
static int answer_again(struct turn *t, const struct queue_row *q, const struct claim_ask *ask,
                        const struct worker_row *w, struct arena *a, struct claim_answer *out, struct err *e)
{
    if (!w->nonce || strcmp(ask->nonce, w->nonce) != 0 || w->first_lease == NONE)
        return STORE_EMPTY;
    out->again = true;
    int r = store_lease_between(t->store, w->first_lease, w->last_lease, q->id, ask->worker, LIMIT_CLAIM, a,
                                &out->leases, &out->count, e);
    if (r)
        return r;
    out->tasks = arena_array(a, (size_t)out->count + 1, sizeof *out->tasks);
    for (int i = 0; r == 0 && i < out->count; i++)
        r = store_task_full(t->store, out->leases[i].task, a, &out->tasks[i], e);
    return r;
}

int claim_open(struct turn *t, const char *worker, int64_t length_us, bool begun, struct task_row *task,
               struct lease_row *lease, struct err *e)
{
    *lease = (struct lease_row){
        .task = task->id,
        .queue = task->queue,
        .n = ++task->leases,
        .prev = task->lease,
        .worker = worker,
        .started = t->now_us,
        .until = t->now_us + length_us,
        .begun = begun ? t->now_us : 0,
    };
    int r = store_lease_add(t->store, lease, 1, e);
    turn_note(t, (struct note){NOTE_LEASED, task->queue, lease->id, t->now_us, .worker = worker});
    task->lease = lease->id;
    task->open++;
    return r;
}

static int lease_one(struct turn *t, const char *worker, int64_t length_us, bool begun, enum task_event event,
                     struct task_row *task, struct lease_row *lease, struct err *e)
{
    int r = claim_open(t, worker, length_us, begun, task, lease, e);
    if (event == EV_CLAIMED)
        task->started = t->now_us;
    return r ? r : task_move(t, task, event, e);
}

int claim_this(struct turn *t, const struct queue_row *q, const char *worker, int64_t length_us, struct task_row *task,
               struct err *e)
{
    struct lease_row lease;
    turn_note(t, (struct note){NOTE_SEEN, q->id, .at = t->now_us, .worker = worker});
    if (q->speculate)
        turn_gained(t, q->id); /* what runs now may be held a second time */
    return lease_one(t, worker, length_us, false, EV_CLAIMED, task, &lease, e);
}

static int lease_new(struct turn *t, const struct queue_row *q, const struct claim_ask *ask, struct arena *a,
                     struct claim_answer *out, struct err *e)
{
    if (q->paused || t->full)
        return 0;
    enum task_event event = EV_CLAIMED;
    int r = store_task_pending(t->store, q->id, (int)ask->max, a, &out->tasks, &out->count, e);
    if (r == 0 && !out->count && q->speculate) {
        event = EV_SPECULATED;
        r = store_task_speculate(t->store, q->id, ask->worker, (int)ask->max, a, &out->tasks, &out->count, e);
    }
    if (r)
        return r;
    if (q->speculate && event == EV_CLAIMED && out->count)
        turn_gained(t, q->id); /* what runs now may be held a second time */
    out->leases = arena_array(a, (size_t)out->count + 1, sizeof *out->leases);
    int64_t length_us = ask->lease_us ? ask->lease_us : q->lease_us;
    for (int i = 0; r == 0 && i < out->count; i++)
        r = lease_one(t, ask->worker, length_us, i < ask->begin, event, &out->tasks[i].task, &out->leases[i], e);
    return r;
}

static int remember(struct turn *t, const struct queue_row *q, const struct claim_ask *ask,
                    const struct worker_row *before, const struct claim_answer *given, struct err *e)
{
    if (t->full || (!given->count && t->now_us - before->seen < SEEN_EVERY_SECONDS * CLOCK_SECOND))
        return 0;
    struct worker_row w = {.seen = t->now_us, .nonce = ask->nonce, .first_lease = NONE, .last_lease = NONE};
    if (given->count) {
        w.first_lease = given->leases[0].id;
        w.last_lease = given->leases[given->count - 1].id;
    }
    return store_worker_put(t->store, q->id, ask->worker, &w, e);
}

int claim_tasks(struct turn *t, const struct queue_row *q, const struct claim_ask *ask, struct arena *a,
                struct claim_answer *out, struct err *e)
{
    struct worker_row before = {.seen = 0, .first_lease = NONE};
    *out = (struct claim_answer){0};
    turn_note(t, (struct note){NOTE_SEEN, q->id, .at = t->now_us, .worker = ask->worker});
    if (!ask->nonce)
        return lease_new(t, q, ask, a, out, e);
    int r = store_worker_get(t->store, q->id, ask->worker, a, &before, e);
    if (r < 0)
        return r;
    r = answer_again(t, q, ask, &before, a, out, e);
    if (r != STORE_EMPTY)
        return r;
    *out = (struct claim_answer){0};
    r = lease_new(t, q, ask, a, out, e);
    return r ? r : remember(t, q, ask, &before, out, e);
}
