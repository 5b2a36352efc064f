/* See import_past.h. Of results whose times overlap only the first was taken, as it would have been here: two clients had the table, and
 * the other's counts as superseded. */
#include "core/import_past.h"

#include <stdlib.h>
#include <string.h>

#include "core/hand_in.h"
#include "core/task.h"

static int by_end(const void *one, const void *other)
{
    const struct past *a = one, *b = other;
    return a->finished != b->finished ? (a->finished < b->finished ? -1 : 1) : (a->started > b->started) - (a->started < b->started);
}

static enum attempt_outcome outcome_of(const struct past *p, const struct attempt_row *accepted)
{
    if (!p->result)
        return ATTEMPT_FAILED;
    return accepted->lease != NONE && p->started < accepted->finished ? ATTEMPT_SUPERSEDED : ATTEMPT_SUCCEEDED;
}

/* Numbers of leases are given as ever: a lease is opened and closed at once. */
static int number(struct turn *t, struct task_row *task, const struct past *p, struct attempt_row *out, struct err *e)
{
    struct lease_row lease = {.task = task->id, .queue = task->queue, .n = ++task->leases, .prev = task->lease, .worker = p->client,
                              .started = p->started, .until = p->finished};
    int r = store_lease_add(t->store, &lease, 1, e);
    *out = (struct attempt_row){.lease = lease.id, .task = lease.task, .queue = lease.queue, .n = lease.n, .prev = lease.prev,
                                .worker = p->client, .started = p->started, .finished = p->finished, .stdout_size = NONE,
                                .stderr_size = NONE, .late_at = NONE, .late_exitcode = NONE};
    task->lease = lease.id;
    return r ? r : store_lease_remove(t->store, lease.id, e);
}

static int add(struct turn *t, struct dataset_row *d, struct task_row *task, const struct past *p, struct attempt_row *accepted,
               struct err *e)
{
    struct attempt_row attempt;
    size_t n = p->error ? strlen(p->error) : 0;
    int r = number(t, task, p, &attempt, e);
    attempt.outcome = outcome_of(p, accepted);
    attempt.exitcode = !p->result;
    attempt.message = n && !p->result ? hand_in_message(p->error, n, t->arena) : NULL;
    attempt.stderr_size = (int64_t)n;
    if (r == 0)
        r = store_attempt_add(t->store, &attempt, e);
    if (r == 0 && n)
        r = store_body_put(t->store, BODY_STDERR, attempt.lease, p->error, n, e);
    if (attempt.outcome == ATTEMPT_SUCCEEDED) {
        *accepted = attempt;
        d->results++;
        d->result_us += p->finished - p->started;
    } else if (attempt.outcome == ATTEMPT_FAILED) {
        d->errors++;
        d->error_us += p->finished - p->started;
    }
    return r;
}

/* It ended when the attempt did that ended it. */
static int end(struct turn *t, struct task_row *task, const struct attempt_row *accepted, const struct past *last, struct err *e)
{
    bool succeeded = accepted->lease != NONE;
    int r = task_move(t, task, EV_CLAIMED, e);
    task->exitcode = !succeeded;
    if (!succeeded)
        task->failures = 1;
    if (r == 0)
        r = task_move(t, task, succeeded ? EV_SUCCEEDED : EV_FAILED, e);
    task->started = succeeded ? accepted->started : last ? last->started : t->now_us;
    task->finished = succeeded ? accepted->finished : last ? last->finished : t->now_us;
    return r ? r : task_touch(t, task, e);
}

int import_past(struct turn *t, struct dataset_row *d, int64_t id, const struct past *past, int count, bool returned,
              struct coverage_row *c, struct err *e)
{
    struct past *sorted = arena_array(t->arena, (size_t)count + 1, sizeof *sorted);
    struct attempt_row accepted = {.lease = NONE};
    struct task_row task;
    int r = store_task_get(t->store, id, &task, e);
    if (count)
        memcpy(sorted, past, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_end);
    for (int i = 0; r == 0 && i < count; i++) {
        r = add(t, d, &task, &sorted[i], &accepted, e);
        if (accepted.lease == task.lease)
            c->flawed = returned && sorted[i].error;
    }
    d->flawed += c->flawed;
    if (r == 0 && returned)
        return end(t, &task, &accepted, count ? &sorted[count - 1] : NULL, e);
    return r || !count ? r : task_touch(t, &task, e);
}
