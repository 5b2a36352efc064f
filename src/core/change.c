/* See change.h. */
#include "core/change.h"

#include "core/dependency.h"
#include "core/journal.h"
#include "core/look.h"
#include "core/task.h"

static bool stands_before(const int64_t *ids, int i)
{
    for (int k = 0; k < i; k++)
        if (ids[k] == ids[i])
            return true;
    return false;
}

/* What it waits for from now on. *out_bad: one of it has ended badly. */
static int replace_needs(struct turn *t, const struct queue_row *q, struct task_row *task,
                         const struct change_task *c, bool *out_bad, struct err *e)
{
    struct dependency_state *states = arena_array(t->arena, (size_t)c->need_count + 1, sizeof *states);
    int r = dependency_check(t, task, c->needs, c->need_count, e);
    for (int i = 0; r == 0 && i < c->need_count; i++)
        r = dependency_find(t, q, c->needs[i], &states[i], e);
    if (r == 0)
        r = store_dependency_remove(t->store, task->id, e);
    task->unmet = 0;
    for (int i = 0; r == 0 && i < c->need_count; i++) {
        if (stands_before(c->needs, i))
            continue;
        r = store_dependency_add(t->store, task->id, c->needs[i], states[i].met, states[i].across, e);
        task->unmet += !states[i].met;
        *out_bad |= states[i].bad;
    }
    return r;
}

static enum task_event event_of(const struct turn *t, const struct task_row *task)
{
    if (task->unmet)
        return EV_CHANGED_HELD;
    return task->not_before != NONE && task->not_before > t->now_us ? EV_CHANGED_LATER : EV_CHANGED_READY;
}

static int apply(struct turn *t, const struct queue_row *q, struct task_row *task, const struct change_task *c,
                 struct err *e)
{
    bool bad = false;
    int r = 0;
    if (c->has_priority)
        task->priority = c->priority;
    if (c->has_not_before)
        task->not_before = c->not_before;
    if (c->has_needs)
        r = replace_needs(t, q, task, c, &bad, e);
    if (r == 0)
        r = task_move(t, task, event_of(t, task), e);
    return r == 0 && bad && q->cascade ? task_move(t, task, EV_DEPENDENCY_ENDED, e) : r;
}

int change_task(struct turn *t, const struct who *who, int64_t id, const struct change_task *c, struct err *e)
{
    struct look_task task;
    int r = look_task(t, who, id, false, t->arena, &task, e);
    if (r)
        return r;
    if (task.full.task.state != TASK_WAITING && task.full.task.state != TASK_PENDING)
        return err_refuse(e, ERR_TASK_STATE, "task %lld is %s: only waiting and pending tasks can be changed",
                          (long long)id, task_state_word(task.full.task.state));
    r = apply(t, &task.queue, &task.full.task, c, e);
    return r ? r : journal_note(t, who, "change task", &task.queue, id, NULL, e);
}
