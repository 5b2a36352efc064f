/* See happen.h. One row a thing that can be asked for: in which states it can be, in which there is nothing to do, and what
 * it does to a task. */
#include "core/happen.h"

#include <assert.h>

#include "base/cleanup.h"
#include "core/lease.h"
#include "core/remove.h"

#define IN(state) (1u << (state))
#define UNFINISHED (IN(TASK_WAITING) | IN(TASK_PENDING) | IN(TASK_RUNNING))
#define ENDED_BADLY (IN(TASK_FAILED) | IN(TASK_KILLED))

/* Leases of a task that is taken from its workers are closed: what they hand in later is stale. */
static int cancel(struct turn *t, const struct asked *a, struct task_row *task, struct err *e)
{
    int r = lease_close_all(t, task, ATTEMPT_CANCELLED, e);
    return r ? r : task_move(t, task, a->event, e);
}

static int recover(struct turn *t, const struct asked *a, struct task_row *task, struct err *e)
{
    int r = lease_close_all(t, task, ATTEMPT_RECOVERED, e);
    return r ? r : task_move(t, task, a->event, e);
}

/* A new life: what went wrong before counts no more. One killed while it waited for others waits again. */
static int again(struct turn *t, const struct asked *a, struct task_row *task, struct err *e)
{
    task->failures = task->crashes = 0;
    task->not_before = NONE;
    if (a->priority != NONE)
        task->priority = a->priority;
    return task_move(t, task, task->unmet ? EV_AGAIN_HELD : a->event, e);
}

static int erase(struct turn *t, const struct asked *a, struct task_row *task, struct err *e)
{
    return remove_task(t, task, !(a->flags & OPERATION_QUEUE), e);
}

static const struct kind {
    enum task_event event;
    unsigned can, already;
    int (*act)(struct turn *t, const struct asked *a, struct task_row *task, struct err *e);
} KINDS[] = {
    {EV_CANCELLED, UNFINISHED, IN(TASK_KILLED), cancel},
    {EV_RETRIED, ENDED_BADLY, UNFINISHED, again},
    {EV_RERUN, ENDED_BADLY | IN(TASK_SUCCEEDED), UNFINISHED, again},
    {EV_RECOVERED, IN(TASK_RUNNING), IN(TASK_WAITING) | IN(TASK_PENDING), recover},
    {EV_REVIVED, IN(TASK_KILLED), UNFINISHED, again},
    {EV_DELETED, ENDED_BADLY | IN(TASK_SUCCEEDED) | IN(TASK_WAITING) | IN(TASK_PENDING), 0, erase},
};

static const struct kind *kind_of(enum task_event event)
{
    for (size_t i = 0; i < COUNT_OF(KINDS); i++)
        if (KINDS[i].event == event)
            return &KINDS[i];
    assert(!"an event that can be asked for");
    return NULL;
}

bool happen_can(const struct asked *a, enum task_state state)
{
    bool forced = a->event == EV_DELETED && state == TASK_RUNNING && (a->flags & OPERATION_FORCE);
    return forced || (kind_of(a->event)->can & IN(state));
}

bool happen_already(const struct asked *a, const struct task_row *task)
{
    return kind_of(a->event)->already & IN(task->state);
}

/* Does another task still wait for it? */
static int is_waited_for(struct turn *t, const struct task_row *task, bool *out, struct err *e)
{
    int64_t *ids;
    int count = 0;
    int r = task->needed ? store_dependency_dependents(t->store, task->id, 0, 1, t->arena, &ids, &count, e) : 0;
    *out = count > 0;
    return r;
}

bool happen_table_meets(int64_t flags, enum task_state state, const struct coverage_row *c)
{
    bool meets = !(flags & OPERATION_NO_RESULT) || (ENDED_BADLY & IN(state));
    bool gap = flags & (OPERATION_NONE_MAPPED | OPERATION_SOME_MISSING);
    if (gap && state < TASK_SUCCEEDED)
        return false;
    for (int kind = 1; meets && gap && kind < TARGET_KINDS; kind++) {
        int64_t total = c->sums.total[kind], mapped = c->sums.mapped[kind];
        if (flags & ((int64_t)OPERATION_CEA << (kind - 1)))
            meets = flags & OPERATION_NONE_MAPPED ? total && !mapped : mapped < total;
    }
    return meets;
}

static int is_table_meant(struct turn *t, const struct asked *a, const struct task_row *task, bool *out, struct err *e)
{
    struct coverage_row c;
    int r = store_coverage_get(t->store, task->queue, task->id, &c, e);
    *out = r == 0 && happen_table_meets(a->flags, task->state, &c);
    return r < 0 ? r : 0;
}

int happen_meant(struct turn *t, const struct asked *a, const struct task_row *task, bool *out, struct err *e)
{
    int r = 0;
    *out = happen_can(a, task->state) && !happen_already(a, task);
    if (*out && a->event == EV_RETRIED && task->state == TASK_KILLED)
        *out = (a->flags & OPERATION_KILLED) && task->event != EV_CANCELLED;
    if (*out && (a->flags & OPERATION_DEAD))
        r = lease_all_over(t, task, out, e);
    if (*out && (a->flags & OPERATION_SPARE)) {
        r = is_waited_for(t, task, out, e);
        *out = !*out;
    }
    if (r == 0 && *out && (a->flags & OPERATION_RESET))
        r = is_table_meant(t, a, task, out, e);
    return r;
}

int happen(struct turn *t, const struct asked *a, struct task_row *task, struct err *e)
{
    return kind_of(a->event)->act(t, a, task, e);
}
