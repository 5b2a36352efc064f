/* See remove.h. What is gone leaves a tombstone for readers of changes: one a task, one for a whole queue. A queue
 * that is being removed keeps its row until its last task is gone, under a name that no queue can have. */
#include "core/remove.h"

#include "core/dataset.h"
#include "core/dependency.h"
#include "core/journal.h"
#include "core/lease.h"
#include "core/operation.h"
#include "core/task.h"

static int bury(struct turn *t, const struct queue_row *q, int64_t task, int64_t rev, struct err *e)
{
    struct tombstone_row stone = {.rev = rev, .queue = q->id, .task = task, .owner = q->account, .name = q->name,
                                  .at = t->now_us};
    return store_tombstone_add(t->store, &stone, e);
}

int remove_task(struct turn *t, const struct task_row *task, bool tombstone, struct err *e)
{
    struct queue_row queue;
    struct task_row closing = *task;
    int r = lease_close_all(t, &closing, ATTEMPT_CANCELLED, e); /* whoever holds it holds it no more */
    if (r == 0)
        r = dataset_removed(t, task, e);
    if (r == 0)
        r = store_task_remove(t->store, task, e);
    if (r == 0 && tombstone)
        r = store_queue_by_id(t->store, task->queue, t->arena, &queue, e);
    if (r == 0 && tombstone && queue.deleted == NONE)
        r = bury(t, &queue, task->id, store_next_rev(t->store), e);
    return r == 0 && task->needed ? dependency_announce(t, task->id, e) : r;
}

static int hide(struct turn *t, struct queue_row *q, struct err *e)
{
    q->rev = store_next_rev(t->store);
    q->deleted = t->now_us;
    int r = bury(t, q, NONE, store_next_rev(t->store), e);
    q->name = arena_printf(t->arena, "/%lld", (long long)q->id);
    turn_gained(t, q->id); /* whoever waits for its tasks hears that it is gone */
    return r ? r : store_queue_set(t->store, q, e);
}

static int refuse_running(const struct queue_row *q, int64_t running, struct err *e)
{
    int r = err_refuse(e, ERR_QUEUE_RUNNING, "%lld task%s of '%.60s' %s running", (long long)running,
                       running == 1 ? "" : "s", q->name, running == 1 ? "is" : "are");
    err_hint(e, "cancel them first, or delete by force");
    return r;
}

int remove_hidden(struct turn *t, int64_t queue, const char *actor, int64_t *out_operation, struct err *e)
{
    struct operation_row o = {.queue = queue, .event = EV_DELETED, .state = NONE, .exitcode = NONE, .before = NONE,
                              .priority = NONE, .flags = OPERATION_QUEUE | OPERATION_FORCE, .ended = NONE, .actor = actor,
                              .created = t->now_us};
    int r = store_task_newest(t->store, &o.upto, e);
    if (r == 0)
        r = operation_drop_all(t, queue, e);
    if (r == 0)
        r = store_operation_add(t->store, &o, e);
    *out_operation = o.id;
    return r;
}

int remove_queue(struct turn *t, const struct who *who, const struct queue_ref *ref, bool force, struct arena *a,
                 int64_t *out_operation, struct err *e)
{
    struct queue_row q;
    int64_t counts[TASK_STATES];
    int r = queue_find(t, who, ref, a, &q, e);
    if (r == 0)
        r = store_counts(t->store, q.id, counts, e);
    if (r)
        return r;
    if (counts[TASK_RUNNING] && !force)
        return refuse_running(&q, counts[TASK_RUNNING], e);
    r = journal_note(t, who, "delete queue", &q, NONE, "with all of its tasks", e);
    if (r == 0)
        r = hide(t, &q, e);
    return r ? r : remove_hidden(t, q.id, who->user, out_operation, e);
}

int remove_queue_rest(struct turn *t, int64_t queue, struct err *e)
{
    int r = store_operation_remove_queue(t->store, queue, e);
    turn_note(t, (struct note){NOTE_REMOVED, queue});
    return r ? r : store_queue_remove(t->store, queue, e);
}
