/* See operation.h. An operation is fixed when it is made: ids up to the newest task, one filter. Each slice advances its
 * cursor in the same transaction as the tasks it changed, so a restart goes on where the last commit stood. The oldest few
 * share a turn's rows, so that a short one need not wait for a long one. One that has been worked off keeps its row for a
 * minute: whoever waits for it reads its sums there. */
#include "core/operation.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "core/dataset.h"
#include "core/journal.h"
#include "core/lease.h"
#include "core/remove.h"

enum { SIDE_BY_SIDE = 5 };

const char *operation_word(enum task_event event, int64_t flags)
{
    return flags & OPERATION_RESET ? "reset" : task_event_word(event);
}

static int refuse_state(const struct asked *asked, const struct task_row *task, struct err *e)
{
    int r = err_refuse(e, ERR_BAD_FIELD, "task %lld is %s: it cannot be asked to %s", (long long)task->id,
                       task_state_word(task->state), task_event_word(asked->event));
    if (asked->event == EV_DELETED)
        err_hint(e, "cancel it first, or delete by force");
    return r;
}

/* It happens to one task, and is counted. */
static int apply(struct turn *t, const struct asked *asked, struct task_row *task, struct operation_sum *sum, struct err *e)
{
    bool over = true;
    int r = asked->event == EV_RECOVERED ? lease_all_over(t, task, &over, e) : 0;
    sum->changed++;
    sum->live += !over;
    return r ? r : happen(t, asked, task, e);
}

static int apply_id(struct turn *t, const struct queue_row *q, const struct asked *asked, int64_t id,
                    struct operation_sum *sum, struct err *e)
{
    struct task_row task;
    int r = store_task_get(t->store, id, &task, e);
    if (r < 0)
        return r;
    if (r == STORE_EMPTY || task.queue != q->id)
        return err_refuse(e, ERR_TASK_NOT_FOUND, "there is no task %lld in this queue", (long long)id);
    if (happen_already(asked, &task))
        return 0;
    if (!happen_can(asked, task.state))
        return refuse_state(asked, &task, e);
    return apply(t, asked, &task, sum, e);
}

static bool stands_before(const int64_t *ids, int i)
{
    for (int k = 0; k < i; k++)
        if (ids[k] == ids[i])
            return true;
    return false;
}

int operation_ids(struct turn *t, const struct who *who, const struct queue_row *q, const struct asked *asked,
                  const int64_t *ids, int count, struct operation_sum *out, struct err *e)
{
    struct operation_sum sum = {0};
    int r = 0;
    for (int i = 0; r == 0 && i < count; i++)
        r = stands_before(ids, i) ? 0 : apply_id(t, q, asked, ids[i], &sum, e);
    if (r)
        return r;
    *out = sum;
    const char *detail = arena_printf(t->arena, "%d by id, %lld changed", count, (long long)sum.changed);
    return journal_note(t, who, operation_word(asked->event, asked->flags), q, count == 1 ? ids[0] : NONE, detail, e);
}

/* A task as it is now: what happened to one before it on the page may have changed it. */
static int apply_met(struct turn *t, struct operation_row *o, int64_t id, struct err *e)
{
    struct operation_sum sum = {o->done, o->live};
    struct asked asked = {(enum task_event)o->event, o->flags, o->priority};
    struct task_row task;
    bool meant;
    int r = store_task_get(t->store, id, &task, e);
    if (r == 0)
        r = happen_meant(t, &asked, &task, &meant, e);
    if (r || !meant)
        return r < 0 ? r : 0;
    r = apply(t, &asked, &task, &sum, e);
    o->done = sum.changed;
    o->live = sum.live;
    return r;
}

/* Works through up to max rows. *out_more: false when the end is reached. */
static int work_off(struct turn *t, struct operation_row *o, int max, bool *out_more, struct err *e)
{
    struct task_filter f = {.queue = o->queue, .state = o->state, .exitcode = o->exitcode, .worker = o->worker,
                            .after = o->cursor, .upto = o->upto, .before = o->before};
    int64_t *ids, next;
    int count;
    int r = store_task_ids(t->store, &f, max, t->arena, &ids, &count, &next, e);
    for (int i = 0; r == 0 && i < count; i++)
        r = apply_met(t, o, ids[i], e);
    *out_more = next != NONE;
    o->cursor = next == NONE ? o->upto : next;
    return r;
}

/* Retry without a state means failed tasks, which have an index; with killed ones it has to look at all. */
static int64_t state_of(const struct asked *asked, const struct operation_filter *f)
{
    if (f->state != NONE)
        return f->state;
    if (asked->event == EV_RETRIED && !(asked->flags & OPERATION_KILLED))
        return TASK_FAILED;
    return asked->event == EV_REVIVED ? TASK_KILLED : NONE;
}

/* Which tables a reset means. */
static void put_tables(int64_t flags, struct buf *b)
{
    if (flags & OPERATION_NO_RESULT)
        buf_puts(b, "without a result, ");
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        if (flags & ((int64_t)OPERATION_CEA << (kind - 1)))
            buf_printf(b, "%s missing %s, ", dataset_kind_word((enum target_kind)kind),
                       flags & OPERATION_NONE_MAPPED ? "all" : "part");
}

static int note(struct turn *t, const struct who *who, const struct queue_row *q, const struct operation_row *o,
                const struct operation_filter *f, struct err *e)
{
    CLEANUP(buf_done) struct buf b = {0};
    put_tables(o->flags, &b);
    if (f->state != NONE)
        buf_printf(&b, "state %s, ", task_state_word((enum task_state)f->state));
    if (f->exitcode != NONE)
        buf_printf(&b, "exit code %lld, ", (long long)f->exitcode);
    if (f->worker)
        buf_printf(&b, "worker %s, ", f->worker);
    if (o->id)
        buf_printf(&b, "operation %lld", (long long)o->id);
    else
        buf_printf(&b, "%lld changed", (long long)o->done);
    return journal_note(t, who, operation_word((enum task_event)o->event, o->flags), q, NONE, buf_text(&b), e);
}

int operation_filter(struct turn *t, const struct who *who, const struct queue_row *q, const struct asked *asked,
                     const struct operation_filter *f, struct operation_sum *out, int64_t *out_operation, struct err *e)
{
    struct operation_row o = {
        .queue = q->id,
        .event = asked->event,
        .state = state_of(asked, f),
        .exitcode = f->exitcode,
        .worker = f->worker,
        .flags = asked->flags,
        .before = f->before,
        .priority = asked->priority,
        .ended = NONE,
        .actor = who->user,
        .created = t->now_us,
    };
    bool more = true;
    int r = store_task_newest(t->store, &o.upto, e);
    if (r == 0)
        r = work_off(t, &o, t->engine->turn_rows, &more, e);
    if (r == 0 && more)
        r = store_operation_add(t->store, &o, e);
    if (r)
        return r;
    *out = (struct operation_sum){o.done, o.live};
    *out_operation = more ? o.id : NONE;
    return note(t, who, q, &o, f, e);
}

int64_t operation_lane(int64_t id) { return -id; } /* no queue's, nor that of readers of changes */

int operation_ended(struct turn *t, int64_t id, bool *out_ended, struct operation_sum *out, struct err *e)
{
    struct operation_row o;
    int r = store_operation_get(t->store, id, t->arena, &o, e);
    if (r == STORE_EMPTY)
        return err_refuse(e, ERR_QUEUE_NOT_FOUND, "the queue was removed meanwhile");
    if (r)
        return r;
    *out_ended = o.ended != NONE;
    *out = (struct operation_sum){o.done, o.live};
    return 0;
}

int operation_drop_all(struct turn *t, int64_t queue, struct err *e)
{
    struct operation_row *open;
    int count;
    int r = store_operation_list(t->store, queue, t->arena, &open, &count, e);
    for (int i = 0; r == 0 && i < count; i++)
        turn_gained(t, operation_lane(open[i].id));
    return r ? r : store_operation_remove_queue(t->store, queue, e);
}

int operation_forget(struct turn *t, struct err *e)
{
    return store_operation_forget(t->store, t->now_us - OPERATION_KEPT_SECONDS * CLOCK_SECOND, e);
}

static int finish(struct turn *t, struct operation_row *o, struct err *e)
{
    if (o->flags & OPERATION_QUEUE)
        return remove_queue_rest(t, o->queue, e);
    o->ended = t->now_us;
    turn_gained(t, operation_lane(o->id));
    return store_operation_set(t->store, o, e);
}

/* A share of the turn's rows, a few at a time, as long as the turn has time. */
static int work_share(struct turn *t, struct operation_row *o, int rows, bool *out_more, struct err *e)
{
    enum { STEP = 20 };
    int r = work_off(t, o, rows < STEP ? rows : STEP, out_more, e);
    for (rows -= STEP; r == 0 && *out_more && rows > 0 && !turn_is_long(t); rows -= STEP)
        r = work_off(t, o, rows < STEP ? rows : STEP, out_more, e);
    return r;
}

int operation_slice(struct turn *t, struct err *e)
{
    struct operation_row *open;
    int count;
    bool more;
    int r = store_operation_next(t->store, SIDE_BY_SIDE, t->arena, &open, &count, e);
    for (int i = 0; r == 0 && i < count; i++) {
        r = work_share(t, &open[i], (t->engine->slice_rows + count - 1) / count, &more, e);
        if (r == 0)
            r = more ? store_operation_set(t->store, &open[i], e) : finish(t, &open[i], e);
    }
    return r;
}
