/* See dependency.h. Who is told of what follows from the state the ended task is in at that moment: if it runs again
 * before all are told, the rest is told when it ends the next time. Telling may end further tasks (cancelled ones),
 * which are announced in turn; the turn's budget bounds that too. */
#include "core/dependency.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "core/task.h"

int dependency_find(struct turn *t, const struct queue_row *q, int64_t id, struct dependency_state *out,
                    struct err *e)
{
    struct task_row needs;
    struct queue_row other;
    int r = store_task_get(t->store, id, &needs, e);
    bool elsewhere = r == 0 && needs.queue != q->id;
    if (elsewhere)
        r = store_queue_by_id(t->store, needs.queue, t->arena, &other, e);
    if (r < 0)
        return r;
    if (r == STORE_EMPTY || (elsewhere && (other.account != q->account || other.deleted != NONE)))
        return err_refuse(e, ERR_DEPENDENCY_NOT_FOUND, "there is no task %lld to wait for", (long long)id);
    *out = (struct dependency_state){.met = needs.state == TASK_SUCCEEDED,
                                     .bad = needs.state == TASK_FAILED || needs.state == TASK_KILLED,
                                     .across = elsewhere ? q->id : NONE};
    return 0;
}

static int meet(struct turn *t, struct task_row *task, int64_t needs, struct err *e)
{
    int r = store_dependency_meet(t->store, task->id, needs, e);
    if (r)
        return r;
    task->unmet--;
    if (task->unmet || task->state != TASK_WAITING)
        return task_touch(t, task, e);
    bool later = task->not_before != NONE && task->not_before > t->now_us;
    return task_move(t, task, later ? EV_MET_LATER : EV_MET, e);
}

static int disappoint(struct turn *t, struct task_row *task, struct err *e)
{
    struct queue_row queue;
    int r = store_queue_by_id(t->store, task->queue, t->arena, &queue, e);
    if (r || !queue.cascade || task->state != TASK_WAITING)
        return r;
    return task_move(t, task, EV_DEPENDENCY_ENDED, e);
}

static int tell(struct turn *t, int64_t id, int64_t needs, bool succeeded, struct err *e)
{
    struct task_row task;
    int r = store_task_get(t->store, id, &task, e);
    if (r)
        return r < 0 ? r : err_fail(e, ERR_INTERNAL, "task %lld waits and is not there", (long long)id);
    return succeeded ? meet(t, &task, needs, e) : disappoint(t, &task, e);
}

/* Is there something to tell of the task, as it is now? */
static int look(struct turn *t, int64_t id, bool *out_ended, bool *out_succeeded, struct err *e)
{
    struct task_row task;
    int r = store_task_get(t->store, id, &task, e);
    *out_ended = r == STORE_EMPTY || task.state >= TASK_SUCCEEDED;
    *out_succeeded = r == 0 && task.state == TASK_SUCCEEDED;
    return r < 0 ? r : 0;
}

/* Tells dependents from n->cursor on. *out_more: the turn's budget ended first. */
static int tell_all(struct turn *t, struct announcement_row *n, bool *out_more, struct err *e)
{
    bool ended, succeeded;
    int64_t *ids;
    int count = 0, left = t->engine->slice_rows - t->announced;
    int r = look(t, n->task, &ended, &succeeded, e);
    *out_more = ended && left <= 0;
    if (r || !ended || left <= 0)
        return r;
    r = store_dependency_dependents(t->store, n->task, n->cursor, left, t->arena, &ids, &count, e);
    t->announced += count;
    *out_more = count == left;
    for (int i = 0; r == 0 && i < count; i++) {
        r = tell(t, ids[i], n->task, succeeded, e);
        n->cursor = ids[i];
    }
    return r;
}

int dependency_announce(struct turn *t, int64_t task, struct err *e)
{
    struct announcement_row n = {.task = task, .cursor = 0};
    bool more;
    int r = tell_all(t, &n, &more, e);
    return r == 0 && more ? store_announcement_put(t->store, &n, e) : r;
}

int dependency_slice(struct turn *t, struct err *e)
{
    struct announcement_row n;
    bool more = false;
    int r = 0;
    while (r == 0 && !more && (r = store_announcement_next(t->store, &n, e)) == 0) {
        r = tell_all(t, &n, &more, e);
        if (r == 0)
            r = more ? store_announcement_put(t->store, &n, e) : store_announcement_remove(t->store, n.task, e);
    }
    return r < 0 ? r : 0;
}

/* What id waits for on its way to the task; NONE if it does not. */
static int64_t via(const struct reach_row *rows, int count, int64_t id)
{
    for (int i = 0; i < count; i++)
        if (rows[i].id == id)
            return rows[i].via;
    return NONE;
}

/* "12 → 14 → 12": each waits for the next. */
static int refuse_cycle(const struct reach_row *rows, int count, int64_t task, int64_t needs, struct err *e)
{
    enum { SHOWN = 12 };
    CLEANUP(buf_done) struct buf way = {0};
    int n = 0;
    buf_printf(&way, "%lld", (long long)task);
    for (int64_t id = needs; id != task && id != NONE; id = via(rows, count, id))
        if (n++ < SHOWN)
            buf_printf(&way, " → %lld", (long long)id);
    buf_printf(&way, "%s → %lld", n > SHOWN ? " → …" : "", (long long)task);
    return err_refuse(e, ERR_DEPENDENCY_CYCLE, "these tasks would wait for each other: %s", buf_text(&way));
}

int dependency_check(struct turn *t, const struct task_row *task, const int64_t *needs, int need_count, struct err *e)
{
    struct reach_row *rows;
    int count = 0;
    int r = task->needed ? store_dependency_reach(t->store, task->id, LIMIT_REACH, t->arena, &rows, &count, e) : 0;
    if (r)
        return r;
    if (count == LIMIT_REACH)
        return err_refuse(e, ERR_TOO_LARGE, "more than %d tasks wait for task %lld, too many to look through for circles",
                          LIMIT_REACH - 1, (long long)task->id);
    for (int i = 0; i < need_count; i++) {
        if (needs[i] == task->id)
            return err_refuse(e, ERR_DEPENDENCY_CYCLE, "task %lld would wait for itself", (long long)task->id);
        if (count && via(rows, count, needs[i]) != NONE)
            return refuse_cycle(rows, count, task->id, needs[i], e);
    }
    return 0;
}
