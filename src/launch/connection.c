/* The one connection to a host that all calls go through: an `ssh -M -N` of ours, or one that somebody has opened (`docket site login`), which
 * outlives us. It is found by `ssh -O check`, it stands once its socket is there (ssh binds that only after it was let in), and is
 * lost when our ssh ends or the check fails. Nothing is ever asked of anybody here: BatchMode.
 *
 * What ssh said when it failed decides what the site is: a door that wants a password or a code (nobody tries again before the pause is over, for
 * failed attempts lock accounts), or away. Pauses double from 5 s to 5 min; a connection that stood is looked for at once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "launch/site_inner.h"

enum { OPEN_SECONDS = 45, CHECK_SECONDS = 10, SAID_MAX = 64 * 1024, ARGV_MAX = 40 };

#define POLL_US (30 * CLOCK_MS)
#define PAUSE_FIRST_US (5 * CLOCK_SECOND)
#define PAUSE_LAST_US (300 * CLOCK_SECOND)
#define FRESH_US (2 * CLOCK_SECOND)

enum phase { PHASE_DOWN, PHASE_ASKING, PHASE_OPENING, PHASE_UP };

struct connection {
    struct loop *loop;
    struct arena arena; /* of what the options said */
    const char *host, *config, *control, *pattern; /* pattern: control as ssh takes it */
    char port[8];
    connection_fn *on_settled;
    void *arg;
    enum phase phase;
    enum site_state state;
    char message[ERR_TEXT_BYTES];
    struct command *master, *check; /* master: ours, or NULL */
    struct loop_timer poll, settled;
    int64_t opened_us, retry_us, pause_us, checked_us;
};

/* ---- ssh's words */

static const struct trouble {
    const char *words;
    enum site_state state;
    const char *means;
} TROUBLES[] = {
    {"REMOTE HOST IDENTIFICATION HAS CHANGED", SITE_AWAY, "the key of the host has changed: REMOTE HOST IDENTIFICATION HAS CHANGED"},
    {"Host key verification failed", SITE_AWAY, NULL},
    {"Permission denied", SITE_NEEDS_LOGIN, NULL},
    {"Too many authentication failures", SITE_NEEDS_LOGIN, NULL},
    {"No more authentication methods", SITE_NEEDS_LOGIN, NULL},
};

/* The last line that is not empty. */
static void last_line(const char *words, char *out, size_t room)
{
    size_t end = strlen(words);
    while (end && strchr(" \r\n", words[end - 1]))
        end--;
    size_t begin = end;
    while (begin && words[begin - 1] != '\n')
        begin--;
    far_clean_words(words + begin, end - begin, out, room);
}

static enum site_state understand(const char *words, char *out, size_t room)
{
    for (size_t i = 0; i < COUNT_OF(TROUBLES); i++) {
        const char *at = strstr(words, TROUBLES[i].words);
        if (!at)
            continue;
        while (at > words && at[-1] != '\n')
            at--;
        const char *line = TROUBLES[i].means ? TROUBLES[i].means : at;
        far_clean_words(line, TROUBLES[i].means ? strlen(line) : strcspn(line, "\n"), out, room);
        return TROUBLES[i].state;
    }
    last_line(words, out, room);
    return SITE_AWAY;
}

/* ---- argv */

const char *const *connection_argv(const struct connection *c, struct arena *a, const char *const *options, const char *tail)
{
    const char **argv = arena_array(a, ARGV_MAX, sizeof *argv);
    int n = 0;
    argv[n++] = "ssh";
    if (c->config) {
        argv[n++] = "-F";
        argv[n++] = c->config;
    }
    if (c->port[0]) {
        argv[n++] = "-p";
        argv[n++] = c->port;
    }
    argv[n++] = "-T";
    argv[n++] = "-oBatchMode=yes";
    argv[n++] = arena_printf(a, "-oControlPath=%s", c->pattern);
    for (; options && *options && n < ARGV_MAX - 4; options++)
        argv[n++] = *options;
    argv[n++] = "--";
    argv[n++] = c->host;
    if (tail)
        argv[n++] = tail;
    argv[n] = NULL;
    return argv;
}

static struct command *run(struct connection *c, const char *const *options, int seconds, command_end_fn *fn, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    const struct command_spec spec = {
        .argv = connection_argv(c, &a, options, NULL),
        .in_fd = -1,
        .out_max = SAID_MAX,
        .limit_us = seconds * CLOCK_SECOND,
        .on_end = fn,
        .arg = c,
    };
    return command_start(c->loop, &spec, e);
}

/* ---- from phase to phase */

static void on_settled(void *arg)
{
    struct connection *c = arg;
    c->on_settled(c->arg);
}

static void settle(struct connection *c, enum phase phase, enum site_state state)
{
    c->phase = phase;
    c->state = state;
    loop_timer_set(&c->settled, clock_mono_us());
}

static void settle_up(struct connection *c)
{
    c->message[0] = '\0';
    c->pause_us = 0;
    c->retry_us = 0;
    c->checked_us = clock_mono_us();
    settle(c, PHASE_UP, SITE_UP);
}

/* Words decide; they are kept. */
static void settle_down(struct connection *c, const char *words)
{
    enum site_state state = understand(words, c->message, sizeof c->message);
    if (!c->message[0])
        snprintf(c->message, sizeof c->message, "ssh could not connect and does not say why");
    c->pause_us = !c->pause_us ? PAUSE_FIRST_US : c->pause_us * 2 < PAUSE_LAST_US ? c->pause_us * 2 : PAUSE_LAST_US;
    c->retry_us = clock_mono_us() + c->pause_us;
    settle(c, PHASE_DOWN, state);
}

static void on_master_end(void *arg, const struct command_end *end)
{
    struct connection *c = arg;
    c->master = NULL;
    loop_timer_stop(&c->poll);
    if (c->phase == PHASE_UP) { /* it stood: whoever asks next tries at once */
        understand(end->words, c->message, sizeof c->message);
        if (!c->message[0])
            snprintf(c->message, sizeof c->message, "the connection has ended");
        settle(c, PHASE_DOWN, SITE_AWAY);
    } else if (end->late) {
        settle_down(c, "ssh did not connect in time");
    } else {
        settle_down(c, end->words);
    }
}

/* Its socket is there: it was let in. */
static void on_poll(void *arg)
{
    struct connection *c = arg;
    struct stat s;
    if (lstat(c->control, &s) == 0 && S_ISSOCK(s.st_mode))
        settle_up(c);
    else if (clock_mono_us() - c->opened_us < OPEN_SECONDS * CLOCK_SECOND)
        loop_timer_set(&c->poll, clock_mono_us() + POLL_US);
    else {
        command_forget(MOVE(c->master));
        settle_down(c, "ssh did not connect in time");
    }
}

static void open_own(struct connection *c)
{
    static const char *const OPTIONS[] = {
        "-M", "-N", "-oControlMaster=yes", "-oControlPersist=no", "-oClearAllForwardings=yes", "-oPermitLocalCommand=no",
        "-oConnectTimeout=15", "-oServerAliveInterval=5", "-oServerAliveCountMax=3", NULL,
    };
    struct err e;
    unlink(c->control); /* nobody answers there */
    c->master = run(c, OPTIONS, 0, on_master_end, &e);
    if (!c->master) {
        settle_down(c, e.text);
        return;
    }
    c->phase = PHASE_OPENING;
    c->opened_us = clock_mono_us();
    loop_timer_set(&c->poll, c->opened_us + POLL_US);
}

static void on_check_end(void *arg, const struct command_end *end)
{
    struct connection *c = arg;
    c->check = NULL;
    if (end->exit_code == 0 && !end->late)
        settle_up(c);
    else if (clock_mono_us() >= c->retry_us)
        open_own(c);
    else
        settle(c, PHASE_DOWN, c->state);
}

static void ask(struct connection *c)
{
    static const char *const OPTIONS[] = {"-Ocheck", NULL};
    struct err e;
    struct stat s;
    c->phase = PHASE_ASKING;
    if (lstat(c->control, &s) == 0 && (c->check = run(c, OPTIONS, CHECK_SECONDS, on_check_end, &e)))
        return;
    const struct command_end none = {.exit_code = 255, .out = "", .words = ""};
    on_check_end(c, &none);
}

bool connection_want(struct connection *c)
{
    bool fresh = c->master || clock_mono_us() - c->checked_us < FRESH_US;
    if (c->phase == PHASE_UP && fresh)
        return true;
    if (c->phase == PHASE_DOWN || c->phase == PHASE_UP)
        ask(c);
    return false;
}

void connection_retry(struct connection *c)
{
    c->retry_us = 0;
    c->pause_us = 0;
}

void connection_doubt(struct connection *c) { c->checked_us = INT64_MIN / 2; }

enum site_state connection_state(const struct connection *c) { return c->state; }
const char *connection_message(const struct connection *c) { return c->message[0] ? c->message : NULL; }
const char *connection_path(const struct connection *c) { return c->control; }

/* ---- life */

/* As ssh takes a path: its signs for parts of it mean themselves. */
static const char *to_pattern(struct arena *a, const char *path)
{
    struct buf b = {0};
    for (; *path; path++)
        buf_printf(&b, *path == '%' ? "%%%%" : "%c", *path);
    const char *pattern = arena_strdup(a, buf_text(&b));
    buf_done(&b);
    return pattern;
}

struct connection *connection_new(struct loop *l, const struct site_options *o, connection_fn *fn, void *arg)
{
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    *c = (struct connection){.loop = l, .on_settled = fn, .arg = arg};
    c->host = arena_strdup(&c->arena, o->host);
    c->config = arena_strdup(&c->arena, o->ssh_config);
    c->control = arena_strdup(&c->arena, o->control);
    c->pattern = to_pattern(&c->arena, o->control);
    if (o->port)
        snprintf(c->port, sizeof c->port, "%d", o->port);
    connection_doubt(c);
    loop_timer_init(l, &c->poll, on_poll, c);
    loop_timer_init(l, &c->settled, on_settled, c);
    return c;
}

void connection_free(struct connection *c)
{
    if (!c)
        return;
    if (c->master) {
        command_forget(c->master);
        unlink(c->control);
    }
    command_forget(c->check);
    loop_timer_stop(&c->poll);
    loop_timer_stop(&c->settled);
    arena_done(&c->arena);
    free(c);
}
