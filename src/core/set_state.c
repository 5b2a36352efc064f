/* See set_state.h. What workers do under leases, said by whoever may: from which states to which there is a way, and what
 * happens on it. A state that is there already is no way and no change. */
#include "core/set_state.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "core/claim.h"
#include "core/finish.h"
#include "core/happen.h"
#include "core/journal.h"
#include "core/lease.h"

#define IN(state) (1u << (state))

/* One of these on its way. */
struct setting {
    const struct who *who;
    const struct queue_row *queue;
    struct task_row *task;
    const struct set_state_ask *ask;
    struct rate_sum *ended;
    bool told; /* an attempt of the asker's tells of it: the journal need not */
};

/* Whoever may only work the queue takes tasks and finishes those it holds. */
static int refuse_worker(struct err *e)
{
    return err_refuse(e, ERR_FORBIDDEN, "this token may only take tasks and finish those it has taken");
}

static int64_t exitcode_of(const struct set_state_ask *ask)
{
    return ask->exitcode != NONE ? ask->exitcode : ask->to == TASK_FAILED;
}

/* As the worker that holds it would hand it in: where the queue allows more attempts, a failure leads to the next. */
static int finish(struct turn *t, struct setting *s, struct err *e)
{
    struct lease_row lease;
    int r = lease_of_task(t, s->task, s->ask->worker, &lease, e);
    if (r)
        return r;
    struct finish_result in = {.lease = lease.id, .exitcode = exitcode_of(s->ask), .message = s->ask->message,
                               .out_size = NONE, .err_size = NONE};
    s->told = strcmp(lease.worker, s->ask->worker) == 0;
    if (s->told)
        lease_seen(t, s->queue, s->ask->worker);
    else if (s->who->scope == SCOPE_WORKER)
        return refuse_worker(e);
    return finish_open(t, s->queue, &lease, s->task, &in, s->ended, e);
}

static int take_back(struct turn *t, struct setting *s, enum attempt_outcome outcome, enum task_event event, struct err *e)
{
    int r = lease_close_all_saying(t, s->task, outcome, s->ask->message, e);
    return r ? r : task_move(t, s->task, event, e);
}

static int recall(struct turn *t, struct setting *s, struct err *e)
{
    return take_back(t, s, ATTEMPT_RECOVERED, EV_RECOVERED, e);
}

static int cancel(struct turn *t, struct setting *s, struct err *e)
{
    return take_back(t, s, ATTEMPT_CANCELLED, EV_CANCELLED, e);
}

/* No worker had it, so there is no other attempt to come: it is as the asker says, also while what it waits for has not
 * succeeded, which stays noted. What nobody worked on counts in no rate. */
static int declare(struct turn *t, struct setting *s, struct err *e)
{
    bool succeeded = s->ask->to == TASK_SUCCEEDED;
    struct attempt_row in = {.exitcode = exitcode_of(s->ask), .message = s->ask->message, .stdout_size = NONE,
                             .stderr_size = NONE};
    struct lease_row lease;
    int r = claim_open(t, s->ask->worker, 0, false, s->task, &lease, e);
    if (r == 0)
        r = lease_close_with(t, s->task, &lease, succeeded ? ATTEMPT_SUCCEEDED : ATTEMPT_FAILED, &in, e);
    s->task->exitcode = in.exitcode;
    s->task->started = t->now_us;
    s->task->failures += !succeeded;
    return r ? r : task_move(t, s->task, succeeded ? EV_SAID_SUCCEEDED : EV_SAID_FAILED, e);
}

static int take(struct turn *t, struct setting *s, struct err *e)
{
    s->told = true;
    if (s->queue->paused) {
        int refused = err_refuse(e, ERR_TASK_STATE, "task %lld cannot be set to running: its queue is paused",
                                 (long long)s->task->id);
        err_hint(e, "resume the queue first");
        return refused;
    }
    return claim_this(t, s->queue, s->ask->worker, s->queue->face_lease_us, s->task, e);
}

static int rerun(struct turn *t, struct setting *s, struct err *e)
{
    return happen(t, &(struct asked){EV_RERUN, 0, NONE}, s->task, e);
}

static const struct way {
    unsigned from, to;
    int (*go)(struct turn *t, struct setting *s, struct err *e);
    bool works; /* it is what workers do */
} WAYS[] = {
    /* the open lease (the asker's own, else the newest) is finished */
    {IN(TASK_RUNNING), IN(TASK_SUCCEEDED) | IN(TASK_FAILED), finish, true},
    /* its leases are revoked, nothing is counted */
    {IN(TASK_RUNNING), IN(TASK_PENDING), recall},
    /* an attempt by the asker is opened and finished in one step */
    {IN(TASK_WAITING) | IN(TASK_PENDING), IN(TASK_SUCCEEDED) | IN(TASK_FAILED), declare},
    /* a claim of this very task */
    {IN(TASK_PENDING), IN(TASK_RUNNING), take, true},
    /* rerun: pending, or waiting where it still waits for others */
    {IN(TASK_SUCCEEDED) | IN(TASK_FAILED) | IN(TASK_KILLED), IN(TASK_PENDING), rerun},
    /* cancelled */
    {IN(TASK_WAITING) | IN(TASK_PENDING) | IN(TASK_RUNNING), IN(TASK_KILLED), cancel},
};

static const struct way *way_of(enum task_state from, enum task_state to)
{
    for (size_t i = 0; i < COUNT_OF(WAYS); i++)
        if (WAYS[i].from & IN(from) && WAYS[i].to & IN(to))
            return &WAYS[i];
    return NULL;
}

/* With the six states, and those to which there is a way. */
static int refuse(const struct task_row *task, enum task_state to, struct err *e)
{
    CLEANUP(buf_done) struct buf all = {0}, open = {0};
    for (int i = 0; i < TASK_STATES; i++) {
        const char *word = task_state_word((enum task_state)i);
        buf_printf(&all, "%s%s", i ? ", " : "", word);
        if (way_of(task->state, (enum task_state)i))
            buf_printf(&open, "%s%s", open.len ? ", " : "", word);
    }
    int refused = err_refuse(e, ERR_TASK_STATE, "task %lld is %s: it cannot be set to %s", (long long)task->id,
                             task_state_word(task->state), task_state_word(to));
    err_hint(e, "of the states (%s) it can be set to: %s", buf_text(&all), buf_text(&open));
    return refused;
}

/* Results find room when the disk is full; nothing else does. */
static int refuse_full(struct err *e)
{
    int refused = err_refuse(e, ERR_STORAGE_FULL, "the disk of the server is full: this was not stored");
    err_hint(e, "send it again once there is room");
    return refused;
}

int set_state_task(struct turn *t, const struct who *who, struct look_task *task, const struct set_state_ask *ask,
                   struct rate_sum *ended, struct err *e)
{
    struct setting s = {who, &task->queue, &task->full.task, ask, ended, false};
    enum task_state from = s.task->state;
    const struct way *way = way_of(from, ask->to);
    if (from == ask->to)
        return 0;
    if (!way)
        return refuse(s.task, ask->to, e);
    if (who->scope == SCOPE_WORKER && !way->works)
        return refuse_worker(e);
    if (t->full && from != TASK_RUNNING)
        return refuse_full(e);
    int r = way->go(t, &s, e);
    if (r || s.told)
        return r;
    const char *detail = arena_printf(t->arena, "%s to %s", task_state_word(from), task_state_word(ask->to));
    return journal_note(t, who, "set state", s.queue, s.task->id, detail, e);
}
