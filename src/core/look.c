/* See look.h. The attempts of a task are a chain: the task knows its last lease, each lease the one before it. */
#include "core/look.h"

#include "base/limits.h"
#include "core/body.h"

static int refuse_task(int64_t id, struct err *e)
{
    return err_refuse(e, ERR_TASK_NOT_FOUND, "there is no task %lld", (long long)id);
}

/* Lease `id` as an attempt, open or closed. */
static int attempt_of(struct turn *t, int64_t id, struct arena *a, struct attempt_row *out, struct err *e)
{
    struct lease_row l;
    int r = store_attempt_get(t->store, id, a, out, e);
    if (r != STORE_EMPTY)
        return r;
    r = store_lease_get(t->store, id, a, &l, e);
    if (r)
        return r < 0 ? r : err_fail(e, ERR_INTERNAL, "lease %lld is neither open nor closed", (long long)id);
    *out = (struct attempt_row){.lease = l.id, .task = l.task, .queue = l.queue, .n = l.n, .prev = l.prev,
                                .worker = l.worker, .started = l.started, .finished = NONE, .outcome = ATTEMPT_OPEN,
                                .exitcode = NONE, .late_at = NONE};
    return 0;
}

static int read_attempts(struct turn *t, struct arena *a, struct look_task *out, struct err *e)
{
    int r = 0;
    out->attempts = arena_array(a, LOOK_ATTEMPTS_MAX, sizeof *out->attempts);
    for (int64_t lease = out->full.task.lease; r == 0 && lease != NONE && out->attempt_count < LOOK_ATTEMPTS_MAX;) {
        r = attempt_of(t, lease, a, &out->attempts[out->attempt_count], e);
        if (r == 0)
            lease = out->attempts[out->attempt_count++].prev;
    }
    return r;
}

int look_task(struct turn *t, const struct who *who, int64_t id, bool history, struct arena *a,
              struct look_task *out, struct err *e)
{
    *out = (struct look_task){0};
    int r = store_task_full(t->store, id, a, &out->full, e);
    if (r == STORE_EMPTY)
        return refuse_task(id, e);
    if (r == 0)
        r = store_queue_by_id(t->store, out->full.task.queue, a, &out->queue, e);
    if (r)
        return r < 0 ? r : err_fail(e, ERR_INTERNAL, "task %lld has no queue", (long long)id);
    if (!who_may_queue(who, &out->queue) || out->queue.deleted != NONE)
        return refuse_task(id, e);
    if (history)
        r = store_dependency_list(t->store, id, LOOK_NEEDS_MAX, a, &out->needs, &out->need_count, e);
    return history && r == 0 ? read_attempts(t, a, out, e) : r;
}

/* The end of an output: what was kept of it, or of all of it where it was handed in raw. */
static int read_end(struct turn *t, enum body_kind kind, int64_t lease, struct arena *a, const char **bytes, size_t *n,
                    int64_t *size, struct err *e)
{
    struct body b;
    int r = body_look(t, kind, lease, &b, e);
    if (r || !b.there)
        return r;
    *size = b.raw ? b.size : *size;
    int64_t from = b.size > LIMIT_OUTPUT ? b.size - LIMIT_OUTPUT : 0;
    return store_body_range(t->store, kind, lease, from, b.size, a, bytes, n, e);
}

static int read_result(struct turn *t, int64_t lease, struct arena *a, struct look_output *out, struct err *e)
{
    struct body b;
    int r = body_look(t, BODY_RESULT, lease, &b, e);
    out->result_raw = b.raw;
    out->result_size = b.there ? b.size : NONE;
    if (r || !b.there || b.raw)
        return r;
    return store_body_range(t->store, BODY_RESULT, lease, 0, b.size, a, &out->result, &out->result_n, e);
}

static int read_bodies(struct turn *t, int64_t lease, struct arena *a, struct look_output *out, struct err *e)
{
    int r = read_end(t, BODY_STDOUT, lease, a, &out->out, &out->out_n, &out->attempt.stdout_size, e);
    if (r == 0)
        r = read_end(t, BODY_STDERR, lease, a, &out->err, &out->err_n, &out->attempt.stderr_size, e);
    if (r == 0)
        r = read_result(t, lease, a, out, e);
    return r;
}

int look_result(struct turn *t, const struct look_task *task, struct body *out, struct err *e)
{
    *out = (struct body){0};
    for (int i = 0; i < task->attempt_count; i++)
        if (task->attempts[i].outcome != ATTEMPT_SUPERSEDED)
            return body_look(t, BODY_RESULT, task->attempts[i].lease, out, e);
    return 0;
}

int look_handed_in(struct turn *t, int64_t lease, struct arena *a, struct look_output *out, struct err *e)
{
    *out = (struct look_output){.result_size = NONE, .attempt = {.stdout_size = NONE, .stderr_size = NONE}};
    int r = 0;
    for (; r == 0 && lease != NONE; lease = out->attempt.prev) {
        r = attempt_of(t, lease, a, &out->attempt, e);
        if (r == 0 && out->attempt.outcome != ATTEMPT_SUPERSEDED) /* the one that ended it was given earlier */
            return read_bodies(t, lease, a, out, e);
    }
    return r;
}

int look_output(struct turn *t, const struct who *who, int64_t id, int64_t n, struct arena *a, struct look_output *out,
                struct err *e)
{
    struct look_task task;
    *out = (struct look_output){0};
    int r = look_task(t, who, id, false, a, &task, e);
    int64_t lease = r ? NONE : task.full.task.lease;
    while (r == 0 && lease != NONE) {
        r = attempt_of(t, lease, a, &out->attempt, e);
        bool handed_in = out->attempt.exitcode != NONE || out->attempt.late_at != NONE;
        if (r == 0 && (n == NONE ? handed_in : out->attempt.n == n))
            return read_bodies(t, lease, a, out, e);
        lease = out->attempt.prev;
    }
    if (r)
        return r;
    if (n == NONE)
        return err_refuse(e, ERR_OUTPUT_NOT_FOUND, "no attempt of task %lld has handed in anything", (long long)id);
    return err_refuse(e, ERR_OUTPUT_NOT_FOUND, "task %lld has no attempt %lld", (long long)id, (long long)n);
}

int look_list(struct turn *t, const struct task_filter *f, int max, struct arena *a, struct task_full **out_tasks,
              int *out_count, int64_t *out_next, struct err *e)
{
    return store_task_list(t->store, f, max, a, out_tasks, out_count, out_next, e);
}
