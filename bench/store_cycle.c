/* See store_cycle.h. */
#include "store_cycle.h"

#include "base/clock.h"
#include "core/task.h"

static int claim_one(struct store *s, struct task_row *task, int64_t now_us, int64_t *out_lease, struct err *e)
{
    struct lease_row lease = {
        .task = task->id,
        .queue = task->queue,
        .n = ++task->leases,
        .prev = task->lease,
        .worker = "w",
        .started = now_us,
        .until = now_us + 60 * CLOCK_SECOND,
    };
    int r = store_lease_add(s, &lease, 1, e);
    *out_lease = task->lease = lease.id;
    task->open++;
    task->started = now_us;
    task->state = TASK_RUNNING;
    task->event = EV_CLAIMED;
    task->rev = store_next_rev(s);
    task->finished = NONE;
    return r ? r : store_task_set(s, task, e);
}

int store_cycle_claim(struct store *s, int64_t queue, int max, int64_t now_us, struct arena *a, int64_t *out_leases,
                      int *out_count, struct err *e)
{
    struct task_full *tasks;
    int r = store_task_pending(s, queue, max, a, &tasks, out_count, e);
    for (int i = 0; r == 0 && i < *out_count; i++)
        r = claim_one(s, &tasks[i].task, now_us, &out_leases[i], e);
    return r;
}

static int finish_one(struct store *s, int64_t id, int64_t now_us, struct arena *a, struct err *e)
{
    struct lease_row lease;
    struct task_row task;
    int r = store_lease_and_task(s, id, a, &lease, &task, e);
    if (r)
        return r == STORE_EMPTY ? err_fail(e, ERR_INTERNAL, "lease %lld is not open", (long long)id) : r;
    struct attempt_row attempt = {
        .lease = lease.id,
        .task = lease.task,
        .queue = lease.queue,
        .n = lease.n,
        .prev = lease.prev,
        .worker = lease.worker,
        .started = lease.started,
        .finished = now_us,
        .outcome = ATTEMPT_SUCCEEDED,
    };
    r = store_lease_remove(s, lease.id, e);
    if (r == 0)
        r = store_attempt_add(s, &attempt, e);
    task.open--;
    task.exitcode = 0;
    task.state = TASK_SUCCEEDED;
    task.event = EV_SUCCEEDED;
    task.rev = store_next_rev(s);
    task.finished = now_us;
    return r ? r : store_task_set(s, &task, e);
}

int store_cycle_finish(struct store *s, const int64_t *leases, int count, int64_t now_us, struct arena *a, struct err *e)
{
    int r = 0;
    for (int i = 0; r == 0 && i < count; i++)
        r = finish_one(s, leases[i], now_us, a, e);
    return r;
}
