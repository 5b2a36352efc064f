/* See retention.h. A queue's finished tasks are removed by an operation like any other, made when the queue's moment has
 * come; those that others still wait for are spared. */
#include "core/retention.h"

#include "base/clock.h"
#include "core/journal.h"
#include "core/operation.h"
#include "core/task.h"

/* A tenth of the retention, so that tasks stay at most a tenth longer; neither restless nor forgetful. */
int64_t retention_next(int64_t retention_us, int64_t now_us)
{
    int64_t pause_us = retention_us / 10;
    if (pause_us < 10 * CLOCK_SECOND)
        pause_us = 10 * CLOCK_SECOND;
    if (pause_us > 3600 * CLOCK_SECOND)
        pause_us = 3600 * CLOCK_SECOND;
    return now_us + pause_us;
}

static int sweep(struct turn *t, struct queue_row *q, struct err *e)
{
    struct operation_row o = {.queue = q->id, .event = EV_DELETED, .state = NONE, .exitcode = NONE, .priority = NONE,
                              .flags = OPERATION_SPARE, .before = t->now_us - q->retention_us, .ended = NONE, .actor = "retention",
                              .created = t->now_us};
    struct operation_row *open;
    int count;
    int r = store_operation_list(t->store, q->id, t->arena, &open, &count, e);
    if (r == 0 && !count)
        r = store_task_newest(t->store, &o.upto, e);
    if (r == 0 && !count)
        r = store_operation_add(t->store, &o, e);
    q->sweep_at = retention_next(q->retention_us, t->now_us);
    return r ? r : store_queue_set(t->store, q, e);
}

static int sweep_queue(struct turn *t, struct err *e)
{
    struct queue_row q;
    int r = store_queue_retention(t->store, t->arena, &q, e);
    if (r)
        return r < 0 ? r : 0;
    return q.sweep_at <= t->now_us ? sweep(t, &q, e) : 0;
}

/* Those that every named reader has passed, after an hour; the others after a week. */
static int forget(struct turn *t, bool *out_more, struct err *e)
{
    int64_t passed;
    int old = 0, read = 0;
    int r = store_tombstone_forget(t->store, INT64_MAX, t->now_us - RETENTION_NAMED_SECONDS * CLOCK_SECOND,
                                   t->engine->slice_rows, &old, e);
    if (r == 0)
        r = store_consumer_behind(t->store, &passed, e);
    if (r < 0)
        return r;
    r = store_tombstone_forget(t->store, r == STORE_EMPTY ? INT64_MAX : passed,
                               t->now_us - RETENTION_UNNAMED_SECONDS * CLOCK_SECOND, t->engine->slice_rows, &read, e);
    *out_more = old == t->engine->slice_rows || read == t->engine->slice_rows;
    return r;
}

int retention_slice(struct turn *t, bool *out_more, struct err *e)
{
    int r = sweep_queue(t, e);
    if (r == 0)
        r = forget(t, out_more, e);
    if (r == 0)
        r = operation_forget(t, e);
    return r ? r : journal_slice(t, e);
}

int retention_due(struct store *s, int64_t last_us, int64_t *out_us, struct err *e)
{
    enum { TOMBSTONES_EVERY_SECONDS = 60 };
    struct arena a = {0};
    struct queue_row q;
    int64_t rev, at;
    int r = store_queue_retention(s, &a, &q, e);
    *out_us = r == 0 ? q.sweep_at : NONE;
    arena_done(&a);
    if (r >= 0)
        r = store_tombstone_oldest(s, &rev, &at, e);
    if (r == 0 && at + RETENTION_UNNAMED_SECONDS * CLOCK_SECOND > last_us)
        last_us = at + RETENTION_UNNAMED_SECONDS * CLOCK_SECOND;
    if (r == 0 && (*out_us == NONE || last_us + TOMBSTONES_EVERY_SECONDS * CLOCK_SECOND < *out_us))
        *out_us = last_us + TOMBSTONES_EVERY_SECONDS * CLOCK_SECOND;
    return r < 0 ? r : 0;
}
