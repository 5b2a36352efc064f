/* The worker's life: made, asked to stop, ended.
 *
 * At the end of each turn in which something changed, every part acts on what is then true, in this order: commands
 * begin, outcomes are handed in, leases renewed and given back, tasks claimed, the queue looked at; and then it is
 * seen whether all is over. Nothing here waits: what takes time comes back as a callback.
 *
 * It ends when there is nothing left to wait for (worker_claim_is_over); or, asked to stop, when commands have
 * ended, outcomes are handed in and leases given back; or, when the server refuses it (no such queue, no valid
 * token), when its commands have been ended: what could not be handed in is then said on stderr. */
#include "cli/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/program.h"
#include "cli/worker_parts.h"

#define STOP_US (5 * CLOCK_SECOND)       /* how long a stop waits for an absent server to take back leases */

void worker_say(const char *fmt, ...)
{
    char words[ERR_TEXT_BYTES + 256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    CLEANUP(buf_done) struct buf line = {0};
    buf_printf(&line, "%s: ", program_name());
    text_safe(&line, words, strlen(words), false);
    buf_putc(&line, '\n');
    fputs(line.data, stderr);
}

void worker_wake(struct worker *w) { w->awake = true; }

bool worker_at_rest(const struct worker *w)
{
    return !w->running.count && !w->ahead.count && !w->ended.count && !w->leaving.count && !w->finish && !w->release;
}

/* Acting */

static void free_all(struct holds *of)
{
    LIST_EACH(node, &of->list)
        worker_hold_free(HOLD_OF(node));
}

static bool has_stopped(struct worker *w)
{
    if (w->impatient && w->away) { /* leases end by themselves; outcomes do not */
        free_all(&w->leaving);
        w->ask.open = false;
    }
    return worker_at_rest(w) && !w->ask.open && !w->sweep;
}

static bool is_over(struct worker *w)
{
    if (w->failed)
        return w->running.count == 0;
    return w->stopping || w->drained ? has_stopped(w) : worker_claim_is_over(w);
}

static void on_done_due(void *arg)
{
    struct worker *w = arg;
    w->o.on_done(w->o.arg);
}

/* The owner is told from a timer: then nothing of the worker is on the stack, and it may be freed. */
static void end(struct worker *w)
{
    w->over = true;
    if (w->failed)
        worker_report_abandon(w, w->error.text);
    else if (!w->stopping && !w->drained && !w->error.code && w->queue_paused && !w->queue_empty)
        worker_say("the queue '%s' is paused", w->o.queue);
    loop_timer_init(w->loop, &w->done_timer, on_done_due, w);
    loop_timer_set(&w->done_timer, clock_mono_us());
}

static bool act(void *arg)
{
    struct worker *w = arg;
    if (!w->awake || w->over)
        return false;
    w->awake = false;
    if (!w->failed)
        worker_life_act(w);
    if (!w->failed) {
        worker_run_act(w);
        worker_report_act(w);
        worker_renew_act(w);
        worker_release_act(w);
        worker_claim_act(w);
        worker_look_act(w);
        worker_sweep_act(w);
    }
    if (is_over(w))
        end(w);
    return w->awake && !w->over;
}

/* Stopping */

static void on_patience_over(void *arg)
{
    struct worker *w = arg;
    w->impatient = true;
    worker_wake(w);
}

static void end_running(struct worker *w)
{
    LIST_EACH(node, &w->running.list)
        worker_run_end(HOLD_OF(node), END_STOPPED);
}

void worker_stop(struct worker *w)
{
    worker_wake(w);
    if (w->stopping) {
        w->impatient = true;
        LIST_EACH(node, &w->running.list)
            worker_run_kill(HOLD_OF(node));
        return;
    }
    w->stopping = true;
    worker_release_all(w, &w->ahead);
    end_running(w);
    loop_timer_init(w->loop, &w->stop_timer, on_patience_over, w);
    loop_timer_set(&w->stop_timer, clock_mono_us() + STOP_US);
}

void worker_fail(struct worker *w, const struct err *e)
{
    if (w->failed)
        return;
    w->failed = true;
    w->error = *e;
    end_running(w);
    worker_wake(w);
}

static void on_nanny_death(void *arg)
{
    struct worker *w = arg;
    err_fail(&w->error, ERR_INTERNAL, "the process that runs the commands was killed; what ran was given back");
    if (!w->stopping)
        worker_stop(w);
}

/* Beginning */

static const char *make_name(struct arena *a)
{
    char host[65] = "";
    unsigned chance;
    if (gethostname(host, sizeof host - 1) < 0 || getrandom(&chance, sizeof chance, 0) != sizeof chance)
        abort();
    return arena_printf(a, "%s.%d.%06x", host, (int)getpid(), chance & 0xFFFFFF);
}

static void make_paths(struct worker *w)
{
    struct arena *a = &w->arena;
    const char *queue = w->o.queue;
    w->queue_path = client_queue_path(a, queue, "");
    w->claim_path = client_queue_path(a, queue, "/claim");
    w->finish_path = client_queue_path(a, queue, "/finish");
    w->renew_path = client_queue_path(a, queue, "/renew");
    w->release_path = client_queue_path(a, queue, "/release");
    w->leases_path = arena_printf(a, "%s?worker=%s", client_queue_path(a, queue, "/leases"), client_encode(a, w->name));
    json_t *name = json_string(w->name);
    CLEANUP(cleanup_free) char *text = name ? json_dumps(name, JSON_ENCODE_ANY) : NULL;
    w->name_json = arena_strdup(a, text ? text : "\"\"");
    json_decref(name);
}

static void open_logs(struct worker *w)
{
    struct err e;
    char cause[TEXT_CAUSE_BYTES];
    w->logs_fd = -1;
    if (!w->o.logs)
        return;
    if (file_make_dirs(w->o.logs, 0755, &e) < 0) {
        worker_fail(w, &e);
        return;
    }
    w->logs_fd = open(w->o.logs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->logs_fd < 0) {
        err_fail(&e, ERR_FILE, "could not open '%s': %s", w->o.logs, text_cause(errno, cause));
        worker_fail(w, &e);
    }
}

/* A command needs up to four descriptors here. The nanny, and so the commands, keep the limit they were given. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void init_holds(struct holds *h) { list_init(&h->list); }

struct worker *worker_new(struct loop *l, struct client *c, struct nanny *n, const struct worker_options *o)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    w->loop = l;
    w->client = c;
    w->nanny = n;
    w->o = *o;
    w->o.jobs = o->jobs < 1 ? 1 : o->jobs > LIMIT_JOBS ? LIMIT_JOBS : o->jobs;
    init_holds(&w->ahead);
    init_holds(&w->running);
    init_holds(&w->ended);
    init_holds(&w->leaving);
    w->name = o->name ? arena_strdup(&w->arena, o->name) : make_name(&w->arena);
    w->base_env = worker_env_base(&w->arena);
    make_paths(w);
    raise_descriptor_limit();
    open_logs(w);
    worker_run_start(w);
    worker_report_start(w);
    nanny_on_death(n, on_nanny_death, w);
    loop_after_add(l, act, w);
    worker_life_start(w);
    w->look_due = true;
    worker_wake(w);
    return w;
}

static void stop_timers(struct worker *w)
{
    struct loop_timer *const timers[] = {&w->look_timer, &w->idle_timer, &w->ahead_timer, &w->renew_timer,
                                         &w->gate_timer, &w->life_timer, &w->stop_timer,  &w->done_timer,
                                         &w->report_timer, &w->watch_timer};
    for (size_t i = 0; i < COUNT_OF(timers); i++)
        loop_timer_stop(timers[i]);
}

static void cancel_requests(struct worker *w)
{
    struct client_request *const requests[] = {w->look, w->claim, w->sweep, w->finish, w->renew, w->release};
    for (size_t i = 0; i < COUNT_OF(requests); i++)
        if (requests[i])
            client_cancel(requests[i]);
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    loop_after_remove(w->loop, act, w);
    nanny_on_death(w->nanny, NULL, NULL);
    cancel_requests(w);
    stop_timers(w);
    LIST_EACH(node, &w->running.list)
        child_forget(w->nanny, HOLD_OF(node)->child);
    free_all(&w->ahead);
    free_all(&w->running);
    free_all(&w->ended);
    free_all(&w->leaving);
    if (w->logs_fd >= 0)
        close(w->logs_fd);
    arena_done(&w->arena);
    free(w);
}

const struct err *worker_error(const struct worker *w) { return w->error.code ? &w->error : NULL; }

struct worker_view worker_look(const struct worker *w)
{
    return (struct worker_view){.running = w->running.count, .held = w->ahead.count, .unsent = w->ended.count,
                                .away = w->away};
}
