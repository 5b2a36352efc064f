/* See operation.h. An operation is fixed when it is made: ids up to the newest task, one filter. Each slice advances its
 * cursor in the same transaction as the tasks it changed, so a restart goes on where the last commit stood. */
#include "core/operation.h"

#include "base/limits.h"
#include "core/lease.h"

/* Closes the open lease of a running task: later hand-ins are stale. */
static int close_open(struct turn *t, const struct task_row *task, struct err *e)
{
    struct lease_row lease;
    if (task->state != TASK_RUNNING)
        return 0;
    int r = store_lease_get(t->store, task->lease, t->arena, &lease, e);
    if (r == STORE_EMPTY)
        return err_fail(e, ERR_INTERNAL, "task %lld runs without a lease", (long long)task->id);
    return r ? r : lease_close(t, &lease, ATTEMPT_CANCELLED, e);
}

static int apply(struct turn *t, struct task_row *task, enum task_event event, struct err *e)
{
    int r = close_open(t, task, e);
    if (event == EV_RETRIED) {
        task->failures = task->crashes = 0;
        task->not_before = NONE;
    }
    return r ? r : task_move(t, task, event, e);
}

/* Has the event nothing left to do for the task? */
static bool already(const struct task_row *task, enum task_event event)
{
    return event == EV_CANCELLED ? task->state == TASK_KILLED
                                 : task->state == TASK_PENDING || task->state == TASK_RUNNING;
}

static int apply_id(struct turn *t, const struct queue_row *q, enum task_event event, int64_t id, int64_t *changed,
                    struct err *e)
{
    struct task_row task;
    int r = store_task_get(t->store, id, &task, e);
    if (r < 0)
        return r;
    if (r == STORE_EMPTY || task.queue != q->id)
        return err_refuse(e, ERR_TASK_NOT_FOUND, "there is no task %lld in this queue", (long long)id);
    if (already(&task, event))
        return 0;
    if (task_next(task.state, event) < 0)
        return err_refuse(e, ERR_BAD_FIELD, "task %lld is %s: it cannot be asked to %s", (long long)id,
                          task_state_word(task.state), task_event_word(event));
    ++*changed;
    return apply(t, &task, event, e);
}

int operation_ids(struct turn *t, const struct queue_row *q, enum task_event event, const int64_t *ids, int count,
                  int64_t *out_changed, struct err *e)
{
    int64_t changed = 0;
    int r = 0;
    for (int i = 0; r == 0 && i < count; i++)
        r = apply_id(t, q, event, ids[i], &changed, e);
    if (r == 0)
        *out_changed = changed;
    return r;
}

static bool meant(const struct operation_row *o, const struct task_row *task)
{
    if (task_next(task->state, (enum task_event)o->event) < 0 || already(task, (enum task_event)o->event))
        return false;
    if (o->event == EV_RETRIED && task->state == TASK_KILLED)
        return o->killed && task->event == EV_CRASHED_OUT;
    return true;
}

/* Works through up to max rows. *out_more: false when the end is reached. */
static int work_off(struct turn *t, struct operation_row *o, int max, bool *out_more, struct err *e)
{
    struct task_filter f = {.queue = o->queue, .state = o->state, .exitcode = o->exitcode, .worker = o->worker,
                            .after = o->cursor, .upto = o->upto};
    struct task_full *tasks;
    int count;
    int64_t next;
    int r = store_task_list(t->store, &f, max, t->arena, &tasks, &count, &next, e);
    for (int i = 0; r == 0 && i < count; i++)
        if (meant(o, &tasks[i].task)) {
            o->done++;
            r = apply(t, &tasks[i].task, (enum task_event)o->event, e);
        }
    *out_more = next != NONE;
    o->cursor = next == NONE ? o->upto : next;
    return r;
}

/* Retry without a state means failed tasks, which have an index; with killed ones it has to look at all. */
static int64_t state_of(enum task_event event, const struct operation_filter *f)
{
    if (f->state == NONE && event == EV_RETRIED && !f->killed)
        return TASK_FAILED;
    return f->state;
}

int operation_filter(struct turn *t, const struct who *who, const struct queue_row *q, enum task_event event,
                     const struct operation_filter *f, int64_t *out_changed, int64_t *out_operation, struct err *e)
{
    struct operation_row o = {
        .queue = q->id,
        .event = event,
        .state = state_of(event, f),
        .exitcode = f->exitcode,
        .worker = f->worker,
        .killed = f->killed,
        .actor = who->user,
        .created = t->now_us,
    };
    bool more = true;
    int r = store_task_newest(t->store, &o.upto, e);
    if (r == 0)
        r = work_off(t, &o, LIMIT_TURN_ROWS, &more, e);
    if (r)
        return r;
    *out_changed = o.done;
    *out_operation = NONE;
    if (!more)
        return 0;
    r = store_operation_add(t->store, &o, e);
    *out_operation = o.id;
    return r;
}

int operation_slice(struct turn *t, struct err *e)
{
    struct operation_row o;
    bool more;
    int r = store_operation_next(t->store, t->arena, &o, e);
    if (r)
        return r < 0 ? r : 0;
    r = work_off(t, &o, LIMIT_SLICE_ROWS, &more, e);
    if (r)
        return r;
    return more ? store_operation_set(t->store, &o, e) : store_operation_remove(t->store, o.id, e);
}
