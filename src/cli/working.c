/* See working.h. */
#include "cli/working.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/progress.h"
#include "cli/worker.h"

enum { LOOK_MS = 200 };

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

/* When the batch job around us ends, in seconds since 1970; 0: nobody says so. */
static int64_t walltime_until(const struct working_options *o)
{
    static const struct option END = {"SLURM_JOB_END_TIME", 0, OPTION_INT, "EPOCH", 0, 0, WORKING_EPOCH_MOST, ""};
    const char *said = getenv(END.name);
    int64_t until = o->walltime_until;
    struct err e;
    if (!until && said && *said && option_set(&END, said, &until, &e)) {
        fprintf(stderr, "%s; the walltime is not known\n", e.text);
        return 0;
    }
    return until;
}

/* How long the worker may live; 0: for ever. */
static int64_t life(const struct working_options *o, int64_t until)
{
    struct clock wall;
    clock_init(&wall, 0);
    int64_t left_us = until * CLOCK_SECOND - clock_now_us(&wall);
    if (!until || (o->life_us && o->life_us < left_us))
        return o->life_us;
    return left_us > 0 ? left_us : 1; /* over already: it ends before it has begun anything */
}

static struct worker_options worker_options(struct working *w, const struct working_options *o, const char *queue,
                                            const char *script, const struct connection *c)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t until = walltime_until(o);
    return (struct worker_options){
        .queue = queue,
        .name = o->name,
        .jobs = o->jobs ? (int)o->jobs : cores > 0 ? (int)cores : 1,
        .batch = (int)o->batch,
        .idle_timeout_us = o->idle_timeout_us,
        .life_us = life(o, until),
        .reserve_us = o->reserve_us,
        .in_job = until != 0,
        .script = script,
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

/* S as a command begins with it. A path is that of a file here, whatever directory the command runs in; a word
 * without a slash is looked for where the shell looks, and more words are the shell's to read. */
static int read_script(const char *script, struct arena *a, const char **out_words, struct err *e)
{
    CLEANUP(buf_done) struct buf word = {0};
    CLEANUP(cleanup_free) char *path = script && strchr(script, '/') ? realpath(script, NULL) : NULL;
    char cause[TEXT_CAUSE_BYTES];
    *out_words = script;
    if (!script || !strchr(script, '/') || (!path && strpbrk(script, " \t\n")))
        return 0;
    if (!path || access(path, X_OK))
        return err_fail(e, ERR_FILE, "could not use the script '%s': %s", script, text_cause(errno, cause));
    text_shell_word(&word, path);
    *out_words = arena_copy(a, buf_text(&word), word.len);
    return 0;
}

int working_run(struct verb_call *call, struct err *e)
{
    struct working_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *queue = NULL;
    struct working w = {.loop = call->loop};
    const char *script;
    int r = connect_check_queue(call->args[0], e);
    if (!r)
        r = read_script(o->script, &c.arena, &script, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = client_call(c.client, "GET", client_queue_path(&c.arena, call->args[0], ""), NULL, &queue, e);
    if (r)
        return r;
    progress_init(&w.progress, call->loop, o->quiet || !isatty(STDERR_FILENO));
    struct worker_options options = worker_options(&w, o, call->args[0], script, &c);
    if (w.progress.quiet && !o->quiet)
        fprintf(stderr, "working on %s at %s, %d at once\n", call->args[0], client_url(c.client), options.jobs);
    r = work(&w, call, &options, &c, e);
    if (!o->quiet)
        print_end(&w);
    return r;
}
