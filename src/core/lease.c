/* See lease.h. A lease is a row of its own while it is open and an attempt afterwards; its id is never given again, so a
 * late answer can always be told from a good one. */
#include "core/lease.h"

#include <string.h>

#include "base/limits.h"
#include "core/task.h"

static const char *const OUTCOMES[ATTEMPT_OUTCOMES] = {"open",     "succeeded", "failed",     "expired",  "crashed",
                                                       "released", "cancelled", "superseded", "recovered"};

const char *lease_outcome_word(enum attempt_outcome outcome) { return OUTCOMES[outcome]; }

int lease_close_with(struct turn *t, struct task_row *task, const struct lease_row *l, enum attempt_outcome outcome,
                     const struct attempt_row *in, struct err *e)
{
    task->open--;
    struct attempt_row attempt = {
        .lease = l->id,
        .task = l->task,
        .queue = l->queue,
        .n = l->n,
        .prev = l->prev,
        .worker = l->worker,
        .started = l->started,
        .finished = t->now_us,
        .outcome = outcome,
        .exitcode = in->exitcode,
        .message = in->message,
        .stdout_size = in->stdout_size,
        .stderr_size = in->stderr_size,
    };
    int r = store_lease_remove(t->store, l->id, e);
    turn_note(t, (struct note){NOTE_CLOSED, l->queue, l->id, .worker = l->worker, .outcome = outcome});
    return r ? r : store_attempt_add(t->store, &attempt, e);
}

int lease_close(struct turn *t, struct task_row *task, const struct lease_row *l, enum attempt_outcome outcome,
                struct err *e)
{
    static const struct attempt_row NOTHING = {.exitcode = NONE, .stdout_size = NONE, .stderr_size = NONE};
    return lease_close_with(t, task, l, outcome, &NOTHING, e);
}

/* The lease before `id`, which is closed. */
static int before(struct turn *t, int64_t id, int64_t *out_prev, struct err *e)
{
    struct attempt_row attempt;
    int r = store_attempt_get(t->store, id, t->arena, &attempt, e);
    if (r == STORE_EMPTY)
        return err_fail(e, ERR_INTERNAL, "lease %lld is neither open nor closed", (long long)id);
    *out_prev = attempt.prev;
    return r;
}

int lease_close_all_saying(struct turn *t, struct task_row *task, enum attempt_outcome outcome, const char *message,
                           struct err *e)
{
    const struct attempt_row in = {.exitcode = NONE, .message = message, .stdout_size = NONE, .stderr_size = NONE};
    struct lease_row l;
    int r = 0;
    for (int64_t id = task->lease; r == 0 && task->open; id = l.prev) {
        if (id == NONE)
            return err_fail(e, ERR_INTERNAL, "task %lld has lost a lease", (long long)task->id);
        r = store_lease_get(t->store, id, t->arena, &l, e);
        if (r == STORE_EMPTY)
            r = before(t, id, &l.prev, e);
        else if (r == 0)
            r = lease_close_with(t, task, &l, outcome, &in, e);
    }
    return r;
}

int lease_close_all(struct turn *t, struct task_row *task, enum attempt_outcome outcome, struct err *e)
{
    return lease_close_all_saying(t, task, outcome, NULL, e);
}

int lease_of_task(struct turn *t, const struct task_row *task, const char *worker, struct lease_row *out, struct err *e)
{
    struct lease_row l;
    int64_t left = task->open;
    int r = 0;
    for (int64_t id = task->lease; r == 0 && left; id = l.prev) {
        if (id == NONE)
            return err_fail(e, ERR_INTERNAL, "task %lld has lost a lease", (long long)task->id);
        r = store_lease_get(t->store, id, t->arena, &l, e);
        if (r == STORE_EMPTY) {
            r = before(t, id, &l.prev, e);
            continue;
        }
        bool own = r == 0 && strcmp(l.worker, worker) == 0;
        if (own || left == task->open)
            *out = l;
        if (own)
            return 0;
        left--;
    }
    return r;
}

int lease_all_over(struct turn *t, const struct task_row *task, bool *out, struct err *e)
{
    struct lease_row l;
    int64_t open = task->open;
    int r = 0;
    *out = true;
    for (int64_t id = task->lease; r == 0 && open && id != NONE; id = l.prev) {
        r = store_lease_get(t->store, id, t->arena, &l, e);
        if (r == STORE_EMPTY) {
            r = before(t, id, &l.prev, e);
            continue;
        }
        open--;
        *out = *out && r == 0 && l.until <= t->now_us;
    }
    return r;
}

int lease_lose(struct turn *t, struct task_row *task, const struct lease_row *l, enum attempt_outcome outcome,
               enum task_event event, struct err *e)
{
    int r = lease_close(t, task, l, outcome, e);
    return r ? r : task_move(t, task, task->open ? EV_ONE_LEFT : event, e);
}

static bool is_of(const struct lease_row *l, const struct queue_row *q, const char *worker)
{
    return l->queue == q->id && strcmp(l->worker, worker) == 0;
}

int lease_find(struct turn *t, const struct queue_row *q, const char *worker, int64_t id, struct lease_row *out,
               struct err *e)
{
    int r = store_lease_get(t->store, id, t->arena, out, e);
    return r == 0 && !is_of(out, q, worker) ? STORE_EMPTY : r;
}

int lease_find_task(struct turn *t, const struct queue_row *q, const char *worker, int64_t id,
                    struct lease_row *out_lease, struct task_row *out_task, struct err *e)
{
    int r = store_lease_and_task(t->store, id, t->arena, out_lease, out_task, e);
    return r == 0 && !is_of(out_lease, q, worker) ? STORE_EMPTY : r;
}

/* Why a lease that is not open any more is not. */
static int why_closed(struct turn *t, const struct queue_row *q, const char *worker, int64_t id,
                      enum renew_outcome *out, struct err *e)
{
    struct attempt_row attempt;
    int r = store_attempt_get(t->store, id, t->arena, &attempt, e);
    if (r < 0)
        return r;
    bool stop = r == 0 && (attempt.outcome == ATTEMPT_CANCELLED || attempt.outcome == ATTEMPT_SUPERSEDED);
    bool cancelled = stop && attempt.queue == q->id && strcmp(attempt.worker, worker) == 0;
    *out = cancelled ? RENEW_CANCELLED : RENEW_LOST;
    return 0;
}

int lease_renew(struct turn *t, const struct queue_row *q, const char *worker, int64_t id, bool begun,
                int64_t length_us, enum renew_outcome *out_outcome, int64_t *out_until, struct err *e)
{
    struct lease_row l;
    *out_until = NONE;
    int r = lease_find(t, q, worker, id, &l, e);
    if (r == STORE_EMPTY)
        return why_closed(t, q, worker, id, out_outcome, e);
    if (r)
        return r;
    int64_t until = t->now_us + (length_us ? length_us : q->lease_us);
    l.until = until > l.until ? until : l.until;
    if (begun && !l.begun)
        l.begun = t->now_us;
    *out_until = l.until;
    *out_outcome = q->paused ? RENEW_PAUSED : RENEW_RENEWED;
    return store_lease_set(t->store, &l, e);
}

void lease_seen(struct turn *t, const struct queue_row *q, const char *worker)
{
    turn_note(t, (struct note){NOTE_SEEN, q->id, .at = t->now_us, .worker = worker});
}

int lease_begin(struct turn *t, const struct queue_row *q, const char *worker, int64_t id, struct err *e)
{
    struct lease_row l;
    int r = lease_find(t, q, worker, id, &l, e);
    if (r || l.begun)
        return r < 0 ? r : 0;
    l.begun = t->now_us;
    return store_lease_set(t->store, &l, e);
}

int lease_release(struct turn *t, const struct queue_row *q, const char *worker, int64_t id, bool *out_released,
                  struct err *e)
{
    struct lease_row l;
    struct task_row task;
    *out_released = false;
    int r = lease_find_task(t, q, worker, id, &l, &task, e);
    if (r)
        return r < 0 ? r : 0;
    r = lease_lose(t, &task, &l, ATTEMPT_RELEASED, EV_RELEASED, e);
    *out_released = r == 0;
    return r;
}

int lease_list(struct turn *t, const struct queue_row *q, const char *worker, struct arena *a,
               struct lease_row **out_rows, int *out_count, struct err *e)
{
    return store_lease_of_worker(t->store, q->id, worker, LIMIT_LEASES, a, out_rows, out_count, e);
}
