/* Running: a held task becomes a command, and the command an outcome.
 *
 * A command is begun only while its lease is surely ours. Its streams are pipes; when the nanny says that its own
 * process ended, what the pipes hold at that moment is taken and they are closed: a process that it left behind cannot
 * keep its task from ending. The loop reads them meanwhile, but only of a command that has run for 5 ms, or follows one
 * that filled much of a pipe: most of the short ones never write more than a pipe holds, and are spared the trouble.
 *
 * The same timer first counts the time limit and then, once the
 * command was told to end by TERM, the seconds until KILL. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/worker_parts.h"

#define KILL_AFTER_US (5 * CLOCK_SECOND)
#define WATCH_AFTER_US (5 * CLOCK_MS)

enum { LOUD_BYTES = 16 * 1024 }; /* a pipe holds 64 KiB */

void worker_run_kill(struct hold *h) { child_kill(h->worker->nanny, h->child, SIGKILL); }

static void on_kill_due(void *arg) { worker_run_kill(arg); }

void worker_run_end(struct hold *h, enum hold_end why)
{
    if (h->end != END_BY_ITSELF) /* it was told already; KILL is on its way */
        return;
    h->end = why;
    child_kill(h->worker->nanny, h->child, SIGTERM);
    loop_timer_stop(&h->timer);
    loop_timer_init(h->worker->loop, &h->timer, on_kill_due, h);
    loop_timer_set(&h->timer, clock_mono_us() + KILL_AFTER_US);
}

/* Watching */

static void watch(struct hold *h)
{
    h->watched = true;
    capture_watch(&h->out);
    capture_watch(&h->err);
}

static void watch_later(struct worker *w, int64_t at_us)
{
    if (!w->watch_timer.due_us || at_us < w->watch_timer.due_us)
        loop_timer_set(&w->watch_timer, at_us);
}

static void on_watch_due(void *arg)
{
    struct worker *w = arg;
    int64_t now = clock_mono_us();
    LIST_EACH(node, &w->running.list)
    {
        struct hold *h = HOLD_OF(node);
        if (!h->watched && h->began_us + WATCH_AFTER_US <= now)
            watch(h);
        else if (!h->watched)
            watch_later(w, h->began_us + WATCH_AFTER_US);
    }
}

void worker_run_start(struct worker *w) { loop_timer_init(w->loop, &w->watch_timer, on_watch_due, w); }

static void begin_watching(struct hold *h)
{
    struct worker *w = h->worker;
    if (w->loud)
        watch(h);
    else
        watch_later(w, h->began_us + WATCH_AFTER_US);
}

/* Ending */

static void on_time_limit(void *arg) { worker_run_end(arg, END_TIME_LIMIT); }

/* What could not be written is told once; the command and its result do not suffer from it. */
static void tell_disk_trouble(const struct hold *h)
{
    struct worker *w = h->worker;
    char cause[TEXT_CAUSE_BYTES];
    int error = h->out.disk_error ? h->out.disk_error : h->err.disk_error;
    if (!error || w->disk_trouble)
        return;
    w->disk_trouble = true;
    worker_say("could not write all output of task %lld: %s", (long long)h->task, text_cause(error, cause));
}

/* Back to the queue, uncounted: the worker stops, or the nanny died and took the command with it. */
static void give_back(struct hold *h)
{
    capture_done(&h->out);
    capture_done(&h->err);
    worker_hold_move(h, &h->worker->leaving);
}

/* This machine has no means for another command: fewer at once from now on; and if not even one, none. The task is
 * not at fault: it stays held, or goes back. */
static void run_fewer(struct worker *w, const struct err *e)
{
    w->o.jobs = w->running.count;
    if (w->o.jobs > 0) {
        worker_say("%s; running %d at once from now on", e->text, w->o.jobs);
        return;
    }
    w->error = *e;
    worker_stop(w);
}

static void had_no_room(struct hold *h, const struct child_end *end)
{
    struct err e;
    err_fail(&e, ERR_INTERNAL, "%s", end->failure);
    give_back(h);
    run_fewer(h->worker, &e);
}

static void on_end(void *arg, const struct child_end *end)
{
    struct hold *h = arg;
    struct worker *w = h->worker;
    loop_timer_stop(&h->timer);
    capture_end(&h->out);
    capture_end(&h->err);
    tell_disk_trouble(h);
    w->loud = h->out.total > LOUD_BYTES || h->err.total > LOUD_BYTES;
    h->ran_us = clock_mono_us() - h->began_us;
    worker_claim_measure(w, h->ran_us);
    if (end->no_room)
        had_no_room(h, end);
    else if (nanny_is_dead(w->nanny) || (h->end == END_STOPPED && end->exit_code != 0))
        give_back(h);
    else
        worker_outcome_set(h, end);
    worker_wake(w);
}

/* One that never ran. */
static void not_begun(struct hold *h, const char *why)
{
    struct child_end end = {.started = false};
    snprintf(end.failure, sizeof end.failure, "%.*s", (int)sizeof end.failure - 1, why);
    worker_outcome_set(h, &end);
    worker_wake(h->worker);
}

/* The log of a stream: ID.out, or ID.2.out for a later attempt. -1: none. */
static int open_log(struct hold *h, const char *suffix)
{
    struct worker *w = h->worker;
    if (w->logs_fd < 0)
        return -1;
    char name[64], cause[TEXT_CAUSE_BYTES];
    if (h->attempt > 1)
        snprintf(name, sizeof name, "%lld.%d.%s", (long long)h->task, h->attempt, suffix);
    else
        snprintf(name, sizeof name, "%lld.%s", (long long)h->task, suffix);
    int fd = openat(w->logs_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0 && !w->disk_trouble) {
        w->disk_trouble = true;
        worker_say("could not write '%s/%s': %s; the command runs without", w->o.logs, name, text_cause(errno, cause));
    }
    return fd;
}

/* Both pipes; fds are the command's ends. */
static int open_streams(struct hold *h, int fds[2])
{
    struct loop *l = h->worker->loop;
    if (capture_open(&h->out, l, open_log(h, "out"), h->worker->o.keep_output, &fds[0]) < 0)
        return -1;
    if (capture_open(&h->err, l, open_log(h, "err"), false, &fds[1]) == 0)
        return 0;
    int error = errno;
    close(fds[0]);
    capture_done(&h->out);
    errno = error;
    return -1;
}

static int start(struct hold *h, const int fds[2], struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char *script = h->worker->o.script;
    const char *const argv[] = {"/bin/sh", "-c", script ? arena_printf(&a, "%s %s", script, h->command) : h->command, NULL};
    struct child_spec spec = {.argv = argv, .cwd = h->cwd, .env = worker_env_of(h, &a), .out_fd = fds[0],
                              .err_fd = fds[1]};
    return child_start(h->worker->nanny, &spec, on_end, h, &h->child, e);
}

static int start_with_streams(struct hold *h, struct err *e)
{
    int fds[2];
    char cause[TEXT_CAUSE_BYTES];
    if (open_streams(h, fds) < 0)
        return err_fail(e, ERR_INTERNAL, "could not open pipes for a command: %s", text_cause(errno, cause));
    int r = start(h, fds, e);
    close(fds[0]);
    close(fds[1]);
    if (r < 0) {
        capture_end(&h->out);
        capture_end(&h->err);
    }
    return r;
}

static void begin(struct hold *h)
{
    struct worker *w = h->worker;
    if (!h->command) {
        not_begun(h, "this worker runs commands; the task is a payload");
        return;
    }
    struct err e;
    int r = start_with_streams(h, &e);
    if (r == -ERR_TOO_LARGE)
        not_begun(h, e.text);
    else if (r < 0)
        run_fewer(w, &e);
    if (r < 0)
        return;
    h->began_us = clock_mono_us();
    worker_hold_move(h, &w->running);
    begin_watching(h);
    loop_timer_init(w->loop, &h->timer, on_time_limit, h);
    if (h->time_limit_us > 0)
        loop_timer_set(&h->timer, h->began_us + h->time_limit_us);
    if (w->o.on_begin)
        w->o.on_begin(w->o.arg, h->task);
}

static struct hold *first_sure(const struct worker *w)
{
    int64_t now = clock_mono_us();
    LIST_EACH(node, &w->ahead.list)
        if (HOLD_OF(node)->sure_until_us > now)
            return HOLD_OF(node);
    return NULL;
}

void worker_run_act(struct worker *w)
{
    while (!w->stopping && !w->failed && w->running.count < w->o.jobs) {
        struct hold *h = first_sure(w);
        if (!h || nanny_is_dead(w->nanny))
            break;
        begin(h);
    }
}
