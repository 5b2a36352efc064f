/* docket run: a server, a worker and a client of both on one loop, for the lines of one file.
 *
 * The server keeps its store in a directory that belongs to FILE, so the same command later finds what is done. Lines
 * are added each time; the store knows them by their keys. The worker ends when nothing is left; a signal gives back
 * what has not begun, a second one ends what runs, a third leaves at once: the store is the truth, and the next run
 * takes up whatever it says is unfinished. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/connect.h"
#include "cli/new_task.h"
#include "cli/out.h"
#include "cli/place.h"
#include "cli/printer.h"
#include "cli/progress.h"
#include "cli/run_lines.h"
#include "cli/run_queue.h"
#include "cli/run_report.h"
#include "cli/verb.h"
#include "cli/worker.h"

enum { FAILURES_TOLD = 5 };

struct run_options {
    struct new_task_options task;
    int64_t jobs, max_fails;
    bool ordered, print, retry, quiet;
    const char *data, *logs;
};

#define AT(member) offsetof(struct run_options, member)
static const struct option OPTIONS[] = {
    {"jobs", 'j', OPTION_INT, "N", AT(jobs), 1, LIMIT_JOBS, "commands at once; the number of cores unless given"},
    {"print", 0, OPTION_FLAG, NULL, AT(print), 0, 0, "write what tasks print to stdout, each whole, as they end"},
    {"keep-order", 'k', OPTION_FLAG, NULL, AT(ordered), 0, 0, "print in the order of FILE (what ends in this run)"},
    {"retry", 0, OPTION_FLAG, NULL, AT(retry), 0, 0, "run again what failed before"},
    {"max-fails", 0, OPTION_INT, "N", AT(max_fails), 1, LIMIT_COUNT_POLICY, "stop after so many failures"},
    {"data", 0, OPTION_TEXT, "DIR", AT(data), 0, 0, "keep the store here; else in a place of FILE's own"},
    {"logs", 0, OPTION_TEXT, "DIR", AT(logs), 0, 0, "also keep all output, in ID.out and ID.err there"},
    NEW_TASK_OPTIONS(AT(task)),
    {"quiet", 'q', OPTION_FLAG, NULL, AT(quiet), 0, 0, "no progress; failures are still summed up"},
};

static int run_run(struct verb_call *call, struct err *e);

const struct verb verb_run = {
    .name = "run",
    .arguments = "FILE",
    .summary = "run each line of a file as a command, some at once",
    .help = "Each line that is not blank is run by /bin/sh -c in the current directory;\n"
            "FILE - is stdin. What is done is kept: stopped by Ctrl-C, SIGTERM or a power\n"
            "cut, the same command goes on where it was, and what has finished is not run\n"
            "again. FILE may grow between runs; lines taken out of it are not run any more.\n"
            "Tasks that failed stay failed unless --retry is given. The directory, --env\n"
            "and --time-limit of a line are those of the run that first met it. Exits 1 if\n"
            "any task failed, 130 if it was stopped.\n\n"
            "  docket run commands.txt -j 8\n"
            "  docket tasks --run commands.txt --state failed\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct run_options),
    .args_min = 1,
    .args_max = 1,
    .flags = VERB_RUNS_COMMANDS,
    .run = run_run,
};

#define STOP_US (20 * CLOCK_SECOND)
#define STOP_AT_ONCE_US (2 * CLOCK_SECOND)

struct run {
    const struct run_options *options;
    struct arena arena;
    struct loop *loop;
    struct server *server;
    struct client *client;
    struct worker *worker; /* NULL until it starts */
    struct run_lines lines;
    struct run_queue queue;
    struct progress progress;
    struct printer *printer; /* NULL unless printing */
    struct worker_options worker_options;
    const char *data;
    size_t others; /* results of tasks that are not in FILE */
    int signals;
    struct loop_timer patience; /* after a signal: how long to wait for results to be stored */
    bool ended, failed; /* failed: the server had to end itself */
};

static void stop_worker(struct run *run, const char *note)
{
    if (!run->worker)
        return;
    worker_stop(run->worker);
    progress_note(&run->progress, note);
}

/* The store takes no results (a full disk, as a rule): a stop must end all the same. */
static void on_patience_over(void *arg)
{
    struct run *run = arg;
    int unsent = run->worker ? worker_look(run->worker).unsent : 0;
    if (unsent)
        progress_say(&run->progress, "%d result%s could not be stored; the same command runs these tasks again", unsent,
                     unsent == 1 ? "" : "s");
    run->ended = true;
    loop_stop(run->loop);
}

static void be_patient(struct run *run, int64_t us)
{
    loop_timer_stop(&run->patience);
    loop_timer_init(run->loop, &run->patience, on_patience_over, run);
    loop_timer_set(&run->patience, clock_mono_us() + us);
}

static void on_signal(void *arg, int signal)
{
    struct run *run = arg;
    run->signals++;
    if (run->signals == 1) {
        progress_say(&run->progress, "stopping: giving back what has not begun, ending what runs (again: at once)");
        stop_worker(run, "stopping");
        be_patient(run, STOP_US);
    } else if (run->signals == 2) {
        stop_worker(run, "ending at once");
        be_patient(run, STOP_AT_ONCE_US);
    } else {
        run->ended = true;
        loop_stop(run->loop);
    }
}

static void on_server_failure(void *arg)
{
    struct run *run = arg;
    run->failed = run->ended = true;
    loop_stop(run->loop);
}

static void on_broken_stdout(void *arg, int error)
{
    struct run *run = arg;
    if (run->ended)
        return;
    if (error == EPIPE)
        progress_say(&run->progress, "stopping: nobody reads what tasks print any more");
    else
        progress_say(&run->progress, "stopping: could not write what tasks print: %s", strerror(error));
    stop_worker(run, "stopping");
}

static void on_worker_done(void *arg)
{
    struct run *run = arg;
    run->ended = true;
    loop_stop(run->loop);
}

static void print_output(struct run *run, const struct worker_result *result)
{
    struct err e;
    struct run_line *line = run_lines_find(&run->lines, result->task);
    size_t index = line ? (size_t)(line - run->lines.lines) : run->lines.count + run->others++;
    if (result->out_fd < 0)
        printer_skip(run->printer, index);
    else if (printer_take(run->printer, index, result->out_fd, result->out_bytes, &e))
        progress_say(&run->progress, "%s", e.text);
}

/* The first failures are told at once, each in a line of the terminal. */
static void tell_failure(struct run *run, const struct worker_result *result)
{
    CLEANUP(buf_done) struct buf line = {0}, cut = {0};
    if (!run->progress.terminal || run->options->quiet || run->progress.failed > FAILURES_TOLD)
        return;
    buf_printf(&line, "task %" PRId64 " failed: exit %d%s%s  %s", result->task, result->exitcode,
               *result->message ? ": " : "", result->message, result->command ? result->command : "");
    text_cut(&cut, buf_text(&line), out_width(STDERR_FILENO));
    progress_say(&run->progress, "%s", buf_text(&cut));
}

static void on_result(void *arg, const struct worker_result *result)
{
    struct run *run = arg;
    if (result->final)
        progress_result(&run->progress, result->succeeded, result->ran_us);
    if (!result->succeeded)
        tell_failure(run, result);
    if (run->printer)
        print_output(run, result);
}

/* Is it stdin, a pipe or the like: nothing that could be given again? */
static bool is_passing(const char *file)
{
    struct stat st;
    return strcmp(file, "-") == 0 || (stat(file, &st) == 0 && !S_ISREG(st.st_mode));
}

static int choose_data(struct run *run, const char *file, struct err *e)
{
    if (run->options->data)
        run->data = run->options->data;
    else if (is_passing(file))
        run->data = place_run_fresh(&run->arena);
    else
        return place_run(&run->arena, file, &run->data, e);
    return 0;
}

static int start_server(struct run *run, struct err *e)
{
    int r = connect_embed(run->loop, run->data, &run->server, e);
    if (r)
        return e->code == ERR_IN_USE ? err_widen(e, r, "this file is being run already: ") : r;
    server_on_failure(run->server, on_server_failure, run);
    run->client = client_new(run->loop, server_url(run->server), server_token(run->server));
    run->queue = (struct run_queue){run->loop, run->client, &run->lines};
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        loop_signal(run->loop, signals[i], on_signal, run);
    return 0;
}

/* Puts FILE into the queue. 0 and how things stand before the first command runs. */
static int fill(struct run *run, struct run_census *out, struct err *e)
{
    CLEANUP(json_drop) json_t *base = NULL;
    int64_t strays = 0;
    int r = new_task_base(&run->options->task, &base, e);
    if (!r)
        r = run_queue_fill(&run->queue, base, e);
    if (!r && run->options->retry)
        r = run_queue_retry(&run->queue, e);
    if (!r)
        r = run_queue_census(&run->queue, run->options->ordered, out, e);
    if (!r && out->strays)
        r = run_queue_cancel_strays(&run->queue, &strays, e);
    if (strays)
        progress_say(&run->progress, "cancelled %" PRId64 " unfinished task%s whose line is no longer in the file",
                     strays, strays == 1 ? "" : "s");
    return r;
}

static int start_printer(struct run *run, struct err *e)
{
    struct printer_options o = {run->data, run->options->ordered, &run->progress, on_broken_stdout, run};
    int r = printer_new(run->loop, &o, &run->printer, e);
    for (size_t i = 0; !r && i < run->lines.count; i++)
        if (run->lines.lines[i].finished)
            printer_skip(run->printer, i);
    return r;
}

static struct worker_options worker_options(struct run *run)
{
    const struct run_options *o = run->options;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return (struct worker_options){
        .queue = CONNECT_RUN_QUEUE,
        .name = RUN_QUEUE_WORKER,
        .jobs = o->jobs ? (int)o->jobs : cores > 0 ? (int)cores : 1,
        .logs = o->logs,
        .server_url = server_url(run->server),
        .keep_output = run->printer != NULL,
        .quiet_away = true,
        .max_fails = (int)o->max_fails,
        .on_result = on_result,
        .on_done = on_worker_done,
        .arg = run,
    };
}

/* Runs what is unfinished, and passes on the last of what was printed. */
static void work(struct run *run, struct verb_call *call, const struct run_census *census)
{
    run->worker_options = worker_options(run);
    progress_begin(&run->progress, (int64_t)run->lines.count, census->succeeded + census->failed, census->failed,
                   run->worker_options.jobs);
    run->worker = worker_new(run->loop, run->client, call->nanny, &run->worker_options);
    while (!run->ended)
        loop_run(run->loop);
    loop_timer_stop(&run->patience);
    if (run->printer)
        printer_close(run->printer);
    while (run->printer && printer_is_busy(run->printer) && run->signals < 2 && !run->failed)
        loop_turn(run->loop, -1);
    progress_end(&run->progress);
}

static int report(struct run *run, struct verb_call *call, const struct run_census *before, int64_t start_us,
                  struct err *e)
{
    bool named = run->options->data || is_passing(call->args[0]);
    struct run_report about = {
        .file = call->args[0],
        .data = named ? run->data : NULL,
        .interrupted = run->signals > 0,
        .printed = run->printer != NULL,
        .quiet = run->options->quiet,
        .began = before->unfinished,
        .took_us = clock_mono_us() - start_us,
    };
    return run_report(&run->queue, &about, &call->status, e);
}

static int go(struct run *run, struct verb_call *call, struct err *e)
{
    struct run_census census;
    int64_t start_us = clock_mono_us();
    int r = start_server(run, e);
    if (!r)
        r = fill(run, &census, e);
    if (!r && (run->options->print || run->options->ordered))
        r = start_printer(run, e);
    if (!r && census.unfinished && !run->signals)
        work(run, call, &census);
    if (!r && run->failed)
        r = err_fail(e, ERR_INTERNAL, "the store in '%s' failed; what it acknowledged is kept", run->data);
    if (!r)
        r = report(run, call, &census, start_us, e);
    const struct err *error = !r && run->worker ? worker_error(run->worker) : NULL;
    if (!error)
        return r;
    *e = *error;
    return -(int)e->code;
}

static void close_all(struct run *run)
{
    loop_timer_stop(&run->patience);
    progress_end(&run->progress);
    printer_free(run->printer);
    if (run->worker)
        worker_free(run->worker);
    if (run->client)
        client_free(run->client);
    if (run->server && !run->failed)
        connect_embed_end(run->loop, run->server);
    else if (run->server)
        server_free(run->server);
    run_lines_done(&run->lines);
    arena_done(&run->arena);
}

static int run_run(struct verb_call *call, struct err *e)
{
    struct run run = {.options = call->options, .loop = call->loop};
    progress_init(&run.progress, call->loop, run.options->quiet);
    int r = choose_data(&run, call->args[0], e);
    if (!r)
        r = run_lines_read(&run.lines, call->args[0], e);
    if (!r)
        r = go(&run, call, e);
    close_all(&run);
    return r;
}
