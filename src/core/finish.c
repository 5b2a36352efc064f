/* See finish.h. Whoever hands in twice, late or for somebody else is told so; nothing of it is lost and nothing
 * overwrites what was accepted. */
#include "core/finish.h"

#include <string.h>

#include "core/lease.h"
#include "core/task.h"

static const char *const WORDS[] = {"accepted", "repeated", "stale", "unknown"};

const char *finish_outcome_word(enum finish_outcome outcome) { return WORDS[outcome]; }

static int keep_bodies(struct turn *t, const struct finish_result *in, struct err *e)
{
    int r = 0;
    if (in->out.n)
        r = store_body_put(t->store, BODY_STDOUT, in->lease, in->out.data, in->out.n, e);
    if (r == 0 && in->err.n)
        r = store_body_put(t->store, BODY_STDERR, in->lease, in->err.data, in->err.n, e);
    if (r == 0 && in->result)
        r = store_body_put(t->store, BODY_RESULT, in->lease, in->result, strlen(in->result), e);
    return r;
}

static int64_t size_of(int64_t said, const struct finish_bytes *bytes)
{
    return said == NONE || said < (int64_t)bytes->n ? (int64_t)bytes->n : said;
}

static struct attempt_row attempt_of(const struct finish_result *in)
{
    return (struct attempt_row){
        .lease = in->lease,
        .exitcode = in->exitcode,
        .message = in->message,
        .stdout_size = size_of(in->out_size, &in->out),
        .stderr_size = size_of(in->err_size, &in->err),
    };
}

/* An output that was handed in raw is all there was. */
static int take_raw_sizes(struct turn *t, struct attempt_row *attempt, struct err *e)
{
    int64_t sizes[BODY_PAYLOAD];
    int r = store_body_raw_sizes(t->store, attempt->lease, sizes, e);
    if (r == 0 && sizes[BODY_STDOUT] != NONE)
        attempt->stdout_size = sizes[BODY_STDOUT];
    if (r == 0 && sizes[BODY_STDERR] != NONE)
        attempt->stderr_size = sizes[BODY_STDERR];
    return r;
}

/* Which event a failure is: another worker may still succeed, or it ends the task, or there is another attempt now or
 * after a pause. */
static enum task_event failed_event(struct turn *t, const struct queue_row *q, struct task_row *task)
{
    enum { DOUBLINGS_MAX = 20 };
    if (task->open)
        return EV_ONE_LEFT;
    if (++task->failures >= q->max_attempts)
        return EV_FAILED;
    if (!q->backoff_us)
        return EV_FAILED_AGAIN;
    int64_t doublings = task->failures - 1 < DOUBLINGS_MAX ? task->failures - 1 : DOUBLINGS_MAX;
    task->not_before = t->now_us + (q->backoff_us << doublings);
    return EV_FAILED_BACKOFF;
}

/* A command that was not reported begun is taken to have begun when it was claimed. */
static void add_ended(const struct turn *t, const struct lease_row *lease, struct rate_sum *ended)
{
    int64_t begun = lease->begun > lease->started ? lease->begun : lease->started;
    rate_sum_task(ended, t->now_us - lease->started, t->now_us - begun);
}

int finish_open(struct turn *t, const struct queue_row *q, const struct lease_row *lease, struct task_row *task,
                const struct finish_result *in, struct rate_sum *ended, struct err *e)
{
    struct attempt_row attempt = attempt_of(in);
    int r = lease->raw ? take_raw_sizes(t, &attempt, e) : 0;
    if (r)
        return r;
    bool succeeded = in->exitcode == 0;
    task->exitcode = in->exitcode;
    r = lease_close_with(t, task, lease, succeeded ? ATTEMPT_SUCCEEDED : ATTEMPT_FAILED, &attempt, e);
    if (r == 0 && succeeded)
        r = lease_close_all(t, task, ATTEMPT_SUPERSEDED, e);
    if (r == 0)
        r = keep_bodies(t, in, e);
    if (r == 0)
        r = task_move(t, task, succeeded ? EV_SUCCEEDED : failed_event(t, q, task), e);
    if (r == 0 && task->state >= TASK_SUCCEEDED)
        add_ended(t, lease, ended);
    return r;
}

static int keep_late(struct turn *t, const struct queue_row *q, const struct finish_result *in, struct err *e)
{
    struct attempt_row attempt = attempt_of(in);
    bool first = false;
    attempt.late_at = t->now_us;
    attempt.late_exitcode = in->exitcode;
    attempt.late_message = in->message;
    int r = take_raw_sizes(t, &attempt, e);
    if (r == 0)
        r = store_attempt_late(t->store, &attempt, &first, e);
    turn_note(t, (struct note){NOTE_LATE, q->id});
    return r == 0 && first ? keep_bodies(t, in, e) : r;
}

int finish_task(struct turn *t, const struct queue_row *q, const char *worker, const struct finish_result *in,
                enum finish_outcome *out_outcome, const char **out_first, struct rate_sum *ended, struct err *e)
{
    struct lease_row lease;
    struct task_row task;
    struct attempt_row before;
    *out_outcome = FINISH_ACCEPTED;
    int r = lease_find_task(t, q, worker, in->lease, &lease, &task, e);
    if (r == 0)
        return finish_open(t, q, &lease, &task, in, ended, e);
    if (r == STORE_EMPTY)
        r = store_attempt_get(t->store, in->lease, t->arena, &before, e);
    if (r < 0)
        return r;
    if (r == STORE_EMPTY || before.queue != q->id || strcmp(before.worker, worker) != 0) {
        *out_outcome = FINISH_UNKNOWN;
        return 0;
    }
    if (before.outcome == ATTEMPT_SUCCEEDED || before.outcome == ATTEMPT_FAILED) {
        *out_outcome = FINISH_REPEATED;
        *out_first = lease_outcome_word(before.outcome);
        return 0;
    }
    *out_outcome = FINISH_STALE;
    return keep_late(t, q, in, e);
}
