/* Everything is read back from the store, so the words are about what is kept, not what this process remembers. */
#include "cli/run_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/connect.h"
#include "cli/failures.h"
#include "cli/out.h"

static bool is_ours(void *arg, int64_t task)
{
    struct run_queue *q = arg;
    return run_lines_find(q->lines, task) != NULL;
}

static void print_safe(struct buf *b)
{
    CLEANUP(buf_done) struct buf safe = {0};
    text_safe(&safe, buf_text(b), b->len, true);
    fputs(buf_text(&safe), stderr);
    buf_clear(b);
}

#define QUEUE CONNECT_RUN_QUEUE " "

/* "docket tasks --run FILE …", or "docket tasks run --data DIR …". */
static void put_command(struct buf *b, const struct run_report *about, const char *lead, const char *verb,
                        const char *queue, const char *tail)
{
    buf_printf(b, "%s docket %s %s", lead, verb, about->data ? queue : "");
    buf_puts(b, about->data ? "--data " : "--run ");
    text_shell_word(b, about->data ? about->data : about->file);
    buf_printf(b, "%s\n", tail);
}

/* "docket run FILE --data DIR". */
static void put_again(struct buf *b, const struct run_report *about, const char *tail)
{
    buf_puts(b, "docket run ");
    text_shell_word(b, about->file);
    if (about->data) {
        buf_puts(b, " --data ");
        text_shell_word(b, about->data);
    }
    buf_printf(b, "%s\n", tail);
}

/* A task that said something: the first that failed (killed ones may never have run). */
static int64_t example(const struct failures *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->groups[i].label, "killed") != 0)
            return f->groups[i].first_task;
    return 0;
}

static int report_failures(struct run_queue *q, const struct run_report *about, const struct run_census *census,
                           struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(buf_done) struct buf b = {0};
    struct failures failures;
    int r = census->strays ? failures_read_some(q->client, CONNECT_RUN_QUEUE, &arena, is_ours, q, &failures, e)
                           : failures_read(q->client, CONNECT_RUN_QUEUE, &arena, &failures, e);
    if (r)
        return r;
    text_count(&b, census->failed);
    buf_puts(&b, " of ");
    out_count(&b, (int64_t)q->lines->count, "task", "tasks");
    buf_puts(&b, failures.killed ? failures.failed ? " failed or were killed:\n" : " killed:\n" : " failed:\n");
    print_safe(&b);
    failures_print(stderr, &failures, out_width(STDERR_FILENO));
    put_command(&b, about, "see them:      ", "tasks", QUEUE, failures.failed ? " --state failed" : " --state killed");
    if (failures.failed)
        put_command(&b, about, "what one said: ", "output", "", arena_printf(&arena, " %" PRId64, example(&failures)));
    buf_puts(&b, "run them again: ");
    put_again(&b, about, " --retry");
    print_safe(&b);
    return 0;
}

static void report_left(const struct run_report *about, const struct run_census *census)
{
    CLEANUP(buf_done) struct buf b = {0};
    buf_puts(&b, "stopped; ");
    text_count(&b, census->succeeded + census->failed);
    buf_puts(&b, " done, ");
    text_count(&b, census->unfinished);
    buf_puts(&b, " left; ");
    if (!about->data)
        buf_puts(&b, "the same command goes on\n");
    else {
        buf_puts(&b, "to go on: ");
        put_again(&b, about, "");
    }
    print_safe(&b);
}

static void report_done(struct run_queue *q, const struct run_report *about)
{
    CLEANUP(buf_done) struct buf b = {0};
    if (!q->lines->count) {
        buf_printf(&b, "nothing to run: there is no command in %s\n", about->file);
    } else if (!about->began) {
        buf_puts(&b, "nothing to run: done before: ");
        out_count(&b, (int64_t)q->lines->count, "task\n", "tasks\n");
    } else {
        out_count(&b, about->began, "task", "tasks");
        buf_puts(&b, " done in ");
        text_span(&b, about->took_us);
        buf_putc(&b, '\n');
    }
    if (!about->printed && q->lines->count)
        put_command(&b, about, "what they printed:", "results", QUEUE, "");
    print_safe(&b);
}

int run_report(struct run_queue *q, const struct run_report *about, int *out_status, struct err *e)
{
    struct run_census census;
    int r = run_queue_census(q, false, &census, e);
    if (r)
        return r;
    if (census.failed)
        r = report_failures(q, about, &census, e);
    else if (!census.unfinished && !about->quiet)
        report_done(q, about);
    if (census.unfinished)
        report_left(about, &census);
    *out_status = census.unfinished && about->interrupted ? err_exit_status(ERR_INTERRUPTED)
                  : census.unfinished || census.failed    ? 1
                                                          : 0;
    return r;
}
