/* See due.h. A lease that runs out is a crash only if its command had begun: a worker that vanished before (or whose
 * claim was answered into a dead connection) proves nothing about the task. */
#include "core/due.h"

#include "core/body.h"
#include "core/dataset_import.h"
#include "core/dependency.h"
#include "core/job.h"
#include "core/lease.h"
#include "core/operation.h"
#include "core/retention.h"
#include "core/task.h"

static int expire(struct turn *t, const struct lease_row *l, struct err *e)
{
    struct task_row task;
    struct queue_row queue;
    int r = store_task_get(t->store, l->task, &task, e);
    if (r == 0)
        r = store_queue_by_id(t->store, l->queue, t->arena, &queue, e);
    if (r)
        return r < 0 ? r : err_fail(e, ERR_INTERNAL, "lease %lld has no task", (long long)l->id);
    bool excused = false; /* it went with its job: that says nothing of the task */
    r = l->begun ? job_excuses(t, l->worker, l->queue, &excused, e) : 0;
    if (r)
        return r;
    bool crashed = l->begun && !excused;
    enum task_event event = EV_EXPIRED;
    if (crashed && task.open == 1)
        event = ++task.crashes < queue.max_crashes ? EV_CRASHED : EV_CRASHED_OUT;
    return lease_lose(t, &task, l, crashed ? ATTEMPT_CRASHED : ATTEMPT_EXPIRED, event, e);
}

static int expire_slice(struct turn *t, struct err *e)
{
    struct lease_row *leases;
    int count;
    int r = store_lease_expired(t->store, t->now_us, t->engine->slice_rows, t->arena, &leases, &count, e);
    for (int i = 0; r == 0 && i < count; i++)
        r = expire(t, &leases[i], e);
    return r;
}

static int wake_slice(struct turn *t, struct err *e)
{
    struct task_row *tasks;
    int count;
    int r = store_task_due(t->store, t->now_us, t->engine->slice_rows, t->arena, &tasks, &count, e);
    for (int i = 0; r == 0 && i < count; i++)
        r = task_move(t, &tasks[i], EV_DUE, e);
    return r;
}

int due_run(struct turn *t, struct err *e)
{
    bool house = t->house;
    int r = expire_slice(t, e);
    if (r == 0)
        r = wake_slice(t, e);
    if (r == 0)
        r = dependency_slice(t, e);
    if (r == 0)
        r = operation_slice(t, e);
    if (r == 0)
        r = body_slice(t, e);
    if (r == 0 && t->house)
        r = retention_slice(t, &t->house, e);
    if (r == 0 && house)
        r = import_sweep(t, e);
    if (r == 0 && t->pack)
        r = store_change_pack(t->store, t->pack, e);
    return r;
}

/* Is something open that goes on at once? */
static int goes_on(struct store *s, bool *out, struct err *e)
{
    struct arena a = {0};
    struct operation_row *open;
    struct announcement_row n;
    int count = 0;
    int r = store_operation_next(s, 1, &a, &open, &count, e);
    if (r == 0 && !count)
        r = store_announcement_next(s, &n, e);
    *out = r == 0;
    arena_done(&a);
    return r < 0 ? r : 0;
}

int due_next(struct store *s, int64_t now_us, int64_t *out_us, struct err *e)
{
    bool now;
    int r = goes_on(s, &now, e);
    if (r == 0 && now)
        *out_us = now_us;
    if (r || now)
        return r;
    int64_t body_us;
    r = store_due_next(s, out_us, e);
    if (r == 0)
        r = body_due(s, now_us, &body_us, e);
    if (r == 0 && body_us != NONE && (*out_us == NONE || body_us < *out_us))
        *out_us = body_us;
    return r;
}
