/* docket wait: until nothing of a queue is pending, running or able to become so.
 *
 * It asks again and again, more slowly as time goes by. A server that is away for a while (it is being restarted) is
 * waited for too, and looked for where it is now. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/queue_words.h"
#include "cli/verb.h"

enum { PAUSE_FIRST_MS = 50, PAUSE_MOST_MS = 1000, AWAY_MOST_S = 600 };

struct wait_options {
    struct connect_options connect;
    int64_t timeout_us; /* -1: none */
    bool quiet, json;
};

static const struct wait_options DEFAULTS = {.timeout_us = -1};

#define AT(member) offsetof(struct wait_options, member)
static const struct option OPTIONS[] = {
    {"timeout", 0, OPTION_SECONDS, "TIME", AT(timeout_us), 0, LIMIT_TIME_LIMIT_SECONDS, "at most so long; then exit 5"},
    {"quiet", 'q', OPTION_FLAG, NULL, AT(quiet), 0, 0, "print nothing"},
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct wait_options),
};

static int run_wait(struct verb_call *call, struct err *e);

const struct verb verb_wait = {
    .name = "wait",
    .arguments = "QUEUE",
    .summary = "until nothing of a queue is left to do",
    .help = "Exits 0 if all tasks succeeded, 1 if any failed, was killed or waits for one that\n"
            "did, 5 if the time is over. A restart of the server does not disturb it.\n\n"
            "  docket wait pictures --timeout 1h && echo all done\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct wait_options),
    .defaults = &DEFAULTS,
    .args_min = 1,
    .args_max = 1,
    .run = run_wait,
};

struct waiting {
    struct connection connection;
    const char *queue;
    int64_t until_us;      /* INT64_MAX: no timeout */
    int64_t away_since_us; /* 0: it is there */
};

static void waiting_done(struct waiting *w) { connect_close(&w->connection); }

static int time_over(const struct waiting *w, const json_t *queue, struct err *e)
{
    CLEANUP(buf_done) struct buf counts = {0};
    if (queue)
        queue_words_counts(queue, &counts);
    return err_refuse(e, ERR_TIME_OVER, "the time is over: %s", queue ? buf_text(&counts) : "the server is away");
}

/* Asks once. 0 and the queue, or NULL while the server is away; else what ends the waiting. */
static int ask(struct waiting *w, json_t **out_queue, struct err *e)
{
    int64_t now_us = clock_mono_us();
    int r = ask_queue(w->connection.client, w->queue, out_queue, e);
    if (!r)
        w->away_since_us = 0;
    if (!r || (e->code != ERR_SERVER_AWAY && e->code != ERR_STOPPING))
        return r;
    if (!w->away_since_us)
        w->away_since_us = now_us;
    if (now_us - w->away_since_us > AWAY_MOST_S * CLOCK_SECOND)
        return r;
    connect_again(&w->connection);
    *out_queue = NULL;
    return 0;
}

static int64_t pause_for(const struct waiting *w, int64_t pause_us)
{
    int64_t left_us = w->until_us - clock_mono_us();
    return left_us < pause_us ? left_us > 0 ? left_us : 0 : pause_us;
}

/* Until nothing is left. 0 and the queue as it was then; ERR_TIME_OVER; else what the server said. */
static int wait_for_end(struct waiting *w, json_t **out_queue, struct err *e)
{
    int64_t pause_us = PAUSE_FIRST_MS * CLOCK_MS;
    for (;;) {
        CLEANUP(json_drop) json_t *queue = NULL;
        int r = ask(w, &queue, e);
        if (r)
            return r;
        if (queue && json_is_true(json_object_get(queue, "drained"))) {
            *out_queue = MOVE(queue);
            return 0;
        }
        if (clock_mono_us() >= w->until_us)
            return time_over(w, queue, e);
        ask_pause(w->connection.loop, pause_for(w, pause_us));
        pause_us = pause_us * 3 / 2 < PAUSE_MOST_MS * CLOCK_MS ? pause_us * 3 / 2 : PAUSE_MOST_MS * CLOCK_MS;
    }
}

static void print_end(const struct wait_options *o, const json_t *queue)
{
    CLEANUP(buf_done) struct buf counts = {0};
    if (o->json) {
        out_json(queue);
    } else if (!o->quiet) {
        queue_words_counts(queue, &counts);
        puts(buf_text(&counts));
    }
}

static int run_wait(struct verb_call *call, struct err *e)
{
    struct wait_options *o = call->options;
    CLEANUP(waiting_done) struct waiting w = {.queue = call->args[0], .until_us = INT64_MAX};
    CLEANUP(json_drop) json_t *queue = NULL;
    if (o->timeout_us >= 0)
        w.until_us = clock_mono_us() + o->timeout_us;
    int r = connect_check_queue(call->args[0], e);
    if (!r)
        r = connect_open(&w.connection, call, &o->connect, e);
    if (!r)
        r = wait_for_end(&w, &queue, e);
    if (r)
        return r;
    print_end(o, queue);
    call->status = ask_unfinished(queue) + ask_count(queue, "failed") + ask_count(queue, "killed") ? 1 : 0;
    return 0;
}
