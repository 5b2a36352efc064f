/* docket work: a worker for one queue of a running server. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/connect.h"
#include "base/json.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "cli/worker.h"

enum { LOOK_MS = 200 };

struct work_options {
    struct connect_options connect;
    int64_t jobs, batch, idle_timeout_us, life_us;
    const char *logs, *name;
    bool quiet;
};

static const struct work_options DEFAULTS = {.idle_timeout_us = -1};

#define AT(member) offsetof(struct work_options, member)
static const struct option OPTIONS[] = {
    {"jobs", 'j', OPTION_INT, "N", AT(jobs), 1, LIMIT_JOBS, "commands at once; the number of cores unless given"},
    {"batch", 0, OPTION_INT, "N", AT(batch), 1, LIMIT_AHEAD, "tasks to hold ahead; about a second's unless given"},
    {"idle-timeout", 0, OPTION_SECONDS, "TIME", AT(idle_timeout_us), 0, LIMIT_LEASE_SECONDS,
     "end after so long without work; 0: when nothing is left"},
    {"time-limit", 0, OPTION_SECONDS, "TIME", AT(life_us), 1, LIMIT_TIME_LIMIT_SECONDS, "end after so long"},
    {"logs", 0, OPTION_TEXT, "DIR", AT(logs), 0, 0, "also keep all output, in ID.out and ID.err there"},
    {"name", 0, OPTION_TEXT, "NAME", AT(name), 0, 0, "the worker's name; else made of host and process"},
    {"quiet", 'q', OPTION_FLAG, NULL, AT(quiet), 0, 0, "no progress"},
    CONNECT_OPTIONS(AT(connect)),
};

static int run_work(struct verb_call *call, struct err *e);

const struct verb verb_work = {
    .name = "work",
    .arguments = "QUEUE",
    .summary = "run the tasks of a queue",
    .help = "Takes tasks from the server and runs their commands until it is told to stop\n"
            "(Ctrl-C, SIGTERM: what has not begun is given back) or one of the limits below\n"
            "is met. It goes on by itself when the server was away. Exits 0 also if tasks\n"
            "failed: see them with docket show QUEUE.\n\n"
            "  docket work pictures -j 4 --idle-timeout 10m\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct work_options),
    .defaults = &DEFAULTS,
    .args_min = 1,
    .args_max = 1,
    .flags = VERB_RUNS_COMMANDS,
    .run = run_work,
};

struct working {
    struct loop *loop;
    struct worker *worker;
    struct progress progress;
    struct loop_timer look;
    int signals;
    bool ended;
};

static void on_signal(void *arg, int signal)
{
    struct working *w = arg;
    if (++w->signals > 2) {
        w->ended = true;
        loop_stop(w->loop);
        return;
    }
    if (w->signals == 1)
        progress_say(&w->progress, "stopping: giving back what has not begun, ending what runs (again: at once)");
    worker_stop(w->worker);
}

static void on_result(void *arg, const struct worker_result *result)
{
    struct working *w = arg;
    progress_result(&w->progress, result->succeeded, result->ran_us);
}

static void on_done(void *arg)
{
    struct working *w = arg;
    w->ended = true;
    loop_stop(w->loop);
}

/* Keeps the word behind the figures true. */
static void on_look(void *arg)
{
    struct working *w = arg;
    struct worker_view view = worker_look(w->worker);
    progress_note(&w->progress, view.away         ? "the server is away"
                                : w->signals      ? "stopping"
                                : !view.running   ? "waiting for tasks"
                                                  : NULL);
    loop_timer_set(&w->look, clock_mono_us() + LOOK_MS * CLOCK_MS);
}

static struct worker_options worker_options(struct working *w, const struct work_options *o, const char *queue,
                                            const struct connection *c)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return (struct worker_options){
        .queue = queue,
        .name = o->name,
        .jobs = o->jobs ? (int)o->jobs : cores > 0 ? (int)cores : 1,
        .batch = (int)o->batch,
        .idle_timeout_us = o->idle_timeout_us,
        .life_us = o->life_us,
        .logs = o->logs,
        .server_url = client_url(c->client),
        .quiet_away = w->progress.terminal && !o->quiet,
        .on_result = on_result,
        .on_done = on_done,
        .arg = w,
    };
}

static void print_end(const struct working *w)
{
    CLEANUP(buf_done) struct buf b = {0};
    text_count(&b, w->progress.done);
    buf_puts(&b, " done, ");
    text_count(&b, w->progress.failed);
    buf_puts(&b, " failed");
    fprintf(stderr, "%s\n", buf_text(&b));
}

/* 0; < 0 if the worker ended by itself, with why. */
static int work(struct working *w, struct verb_call *call, const struct worker_options *options, struct connection *c,
                struct err *e)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        loop_signal(w->loop, signals[i], on_signal, w);
    progress_begin(&w->progress, -1, 0, 0, options->jobs);
    w->worker = worker_new(w->loop, c->client, call->nanny, options);
    loop_timer_init(w->loop, &w->look, on_look, w);
    loop_timer_set(&w->look, clock_mono_us() + LOOK_MS * CLOCK_MS);
    while (!w->ended)
        loop_run(w->loop);
    loop_timer_stop(&w->look);
    progress_end(&w->progress);
    const struct err *error = worker_error(w->worker);
    if (error)
        *e = *error;
    worker_free(w->worker);
    return error ? -(int)e->code : 0;
}

static int run_work(struct verb_call *call, struct err *e)
{
    struct work_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *queue = NULL;
    struct working w = {.loop = call->loop};
    int r = connect_check_queue(call->args[0], e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = client_call(c.client, "GET", client_queue_path(&c.arena, call->args[0], ""), NULL, &queue, e);
    if (r)
        return r;
    progress_init(&w.progress, call->loop, o->quiet || !isatty(STDERR_FILENO));
    struct worker_options options = worker_options(&w, o, call->args[0], &c);
    if (w.progress.quiet && !o->quiet)
        fprintf(stderr, "working on %s at %s, %d at once\n", call->args[0], client_url(c.client), options.jobs);
    r = work(&w, call, &options, &c, e);
    if (!o->quiet)
        print_end(&w);
    return r;
}
