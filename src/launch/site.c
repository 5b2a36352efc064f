/* A link to a site: the questions asked of it wait in a line, a few at a time are under way, each a command of its own (a shell here, or an ssh through
 * the control connection) that is given far.sh with a call and answers. A connection that is not there is made first; where it
 * cannot be, all that wait are answered so. Nothing is repeated here: whoever asked knows whether it may be. */
#include "launch/site.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "launch/site_inner.h"

enum {
    CALLS_AT_ONCE = 4,                /* an sshd lets ten sessions through a connection, as a rule */
    ANSWER_MAX = 64 * 1024 * 1024,
    HEAD_MAX = 64 * 1024,             /* of an answer that is bytes */
    TRAILER_ROOM = 64,
    SETTINGS_AT_ONCE = 2000,
};

#define CALL_US (90 * CLOCK_SECOND)
#define UPLOAD_US (3600 * CLOCK_SECOND)
#define DOUBT_US (60 * CLOCK_SECOND)
#define DRIFT_US (3 * CLOCK_SECOND) /* clocks are read to the second: less is none */

static const struct site_kind *const KINDS[] = {&SITE_KIND_LOCAL, &SITE_KIND_SSH, &SITE_KIND_SLURM};

/* One job that is not where it should be, since when. */
struct doubt {
    char *key;
    int64_t since_us;
};

/* What was asked of a job that this link found. */
struct cached {
    char *key, *settings;
    bool found; /* by the last look */
};

struct site_link {
    struct loop *loop;
    const struct site_kind *kind;
    struct connection *connection; /* NULL: this machine */
    site_changed_fn *on_change;
    void *arg;
    struct list waiting, running; /* struct call */
    int running_count;
    struct loop_timer step;
    enum site_state state, told;
    char message[ERR_TEXT_BYTES], told_message[ERR_TEXT_BYTES];
    int64_t offset_us;
    bool has_offset;
    struct doubt *doubts;
    int doubt_count;
    struct cached *cache;
    size_t cache_count, cache_room;
};

struct call;

/* r NULL: e says why there is no answer. The call is freed afterwards. */
typedef void call_fn(struct call *c, struct far_reply *r, const struct err *e);

/* A question; the first member of what a verb knows of its own. */
struct call {
    struct list node;
    struct site_link *link;
    struct command *command;
    struct buf in;
    int in_fd;
    int64_t limit_us;
    bool forward; /* no call of the far side: an order to the connection */
    char option[64];
    command_out_fn *on_out;
    call_fn *on_answer;
    void (*drop)(struct call *c); /* what the verb has besides; NULL: nothing */
    void *arg;                    /* of whoever asked */
};

/* ---- options */

static const struct site_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(KINDS); i++)
        if (name && strcmp(KINDS[i]->name, name) == 0)
            return KINDS[i];
    return NULL;
}

static bool has_host(const struct site_options *o) { return o->host && o->host[0]; }

static int check_host(const struct site_options *o, struct err *e)
{
    enum { CONTROL_BYTES = 90 };
    if (o->host[0] == '-' || strpbrk(o->host, " \t\"'\\") || text_has_control(o->host) || strlen(o->host) > LIMIT_CWD)
        return err_refuse(e, ERR_BAD_FIELD, "host must be [user@]name without blanks, not beginning with -");
    if (o->port < 0 || o->port > 65535)
        return err_refuse(e, ERR_BAD_FIELD, "port must be 1 to 65535");
    if (!o->control || strlen(o->control) > CONTROL_BYTES)
        return err_refuse(e, ERR_BAD_FIELD, "the path of the control connection must have 1 to %d bytes", CONTROL_BYTES);
    return 0;
}

int site_check_options(const struct site_options *o, struct err *e)
{
    const struct site_kind *kind = find_kind(o->kind);
    if (!kind)
        return err_refuse(e, ERR_BAD_FIELD, "kind must be local, ssh or slurm");
    if (kind->host == SITE_HOST_ALWAYS && !has_host(o))
        return err_refuse(e, ERR_BAD_FIELD, "a site of kind %s needs a host", kind->name);
    if (kind->host == SITE_HOST_NEVER && has_host(o))
        return err_refuse(e, ERR_BAD_FIELD, "a site of kind %s has no host", kind->name);
    return has_host(o) ? check_host(o, e) : 0;
}

/* ---- calls */

static void call_free(struct call *c)
{
    list_unlink(&c->node);
    command_forget(c->command);
    if (c->in_fd >= 0)
        close(c->in_fd);
    if (c->drop)
        c->drop(c);
    if (c->in.data)
        explicit_bzero(c->in.data, c->in.room); /* a token may have been in it */
    buf_done(&c->in);
    free(c);
}

static void *call_new(struct site_link *k, size_t bytes, call_fn *fn, void *arg)
{
    struct call *c = calloc(1, bytes);
    if (!c)
        abort();
    *c = (struct call){.link = k, .in_fd = -1, .limit_us = CALL_US, .on_answer = fn, .arg = arg};
    return c;
}

static void call_submit(struct call *c)
{
    list_append(&c->link->waiting, &c->node);
    loop_timer_set(&c->link->step, clock_mono_us());
}

static void call_end(struct call *c, struct far_reply *r, const struct err *e)
{
    c->on_answer(c, r, e);
    call_free(c);
}

static void set_state(struct site_link *k, enum site_state state, const char *message)
{
    k->state = state;
    snprintf(k->message, sizeof k->message, "%s", message ? message : "");
    bool same = k->state == k->told && strcmp(k->message, k->told_message) == 0;
    if (same)
        return;
    k->told = k->state;
    memcpy(k->told_message, k->message, sizeof k->told_message);
    if (k->on_change)
        k->on_change(k->arg);
}

/* What a command without a whole answer means. */
static void explain(const struct call *c, const struct command_end *end, struct err *e)
{
    const struct site_link *k = c->link;
    char words[ERR_TEXT_BYTES / 2];
    far_clean_words(end->words, strlen(end->words), words, sizeof words);
    if (end->too_much)
        err_refuse(e, ERR_SITE_REFUSED, "the answer is larger than allowed");
    else if (end->late)
        err_refuse(e, ERR_SITE_AWAY, "no answer in time");
    else if (c->forward && (strstr(words, "forwarding request failed") || strstr(words, "forwarding failed"))) /* the connection stands */
        err_refuse(e, ERR_SITE_REFUSED, "%s", words);
    else if (words[0])
        err_refuse(e, ERR_SITE_AWAY, "%s", words);
    else if (k->connection)
        err_refuse(e, ERR_SITE_AWAY, "the connection was lost");
    else
        err_refuse(e, ERR_SITE_AWAY, "the shell ended with status %d before it had answered", end->exit_code);
}

static void on_call_end(void *arg, const struct command_end *end)
{
    struct call *c = arg;
    struct site_link *k = c->link;
    struct far_reply reply = {0};
    struct err e = {0};
    c->command = NULL;
    k->running_count--;
    loop_timer_set(&k->step, clock_mono_us());
    if (c->on_out || c->forward) { /* it reads for itself */
        reply.lines = (char *)end->out;
        reply.n = end->out_n;
        bool bad = end->late || end->too_much || end->exit_code;
        if (bad)
            explain(c, end, &e);
        call_end(c, bad ? NULL : &reply, &e);
        return;
    }
    char *text = strndup(end->out, end->out_n);
    if (!text)
        abort();
    bool whole = !end->too_much && far_read_reply(text, end->out_n, &reply, &e) == 0;
    if (!whole)
        explain(c, end, &e);
    if (!whole && k->connection)
        connection_doubt(k->connection);
    if (whole && !k->connection)
        set_state(k, SITE_UP, NULL);
    call_end(c, whole ? &reply : NULL, &e);
    free(text);
}

static const char *const *argv_of(const struct call *c, struct arena *a)
{
    /* Without the connection there is no call: it must not make one of its own. */
    static const char *const THROUGH[] = {"-oControlMaster=no", "-oProxyCommand=false", "-oClearAllForwardings=yes", NULL};
    /* What is said to the server alone is no job's business. */
    static const char *const HERE[] = {
        "env", "-u", "NOTIFY_SOCKET", "-u", "WATCHDOG_PID", "-u", "WATCHDOG_USEC", "-u", "INVOCATION_ID", "-u", "JOURNAL_STREAM",
        "-u", "CREDENTIALS_DIRECTORY", "-u", "PORT", "-u", "DATABASE_URL", "/bin/sh", "-c", FAR_BOOT, NULL,
    };
    if (!c->link->connection)
        return HERE;
    if (!c->forward)
        return connection_argv(c->link->connection, a, THROUGH, FAR_BOOT);
    const char *order[] = {"-Oforward", "-R", c->option, NULL};
    return connection_argv(c->link->connection, a, order, NULL);
}

static void call_start(struct call *c)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct site_link *k = c->link;
    const struct command_spec spec = {
        .argv = argv_of(c, &a),
        .in = c->in.data,
        .in_n = c->in.len,
        .in_fd = c->in_fd,
        .out_max = c->on_out ? SIZE_MAX : ANSWER_MAX,
        .on_out = c->on_out,
        .limit_us = c->limit_us,
        .on_end = on_call_end,
        .arg = c,
    };
    struct err e;
    c->in_fd = -1;
    list_unlink(&c->node);
    c->command = command_start(k->loop, &spec, &e);
    if (!c->command) {
        e.code = ERR_SITE_AWAY;
        call_end(c, NULL, &e);
        return;
    }
    list_append(&k->running, &c->node);
    k->running_count++;
}

/* ---- the line */

static void fail_waiting(struct site_link *k, const struct err *e)
{
    struct list now;
    list_init(&now);
    while (!list_empty(&k->waiting))
        list_append(&now, list_shift(&k->waiting));
    while (!list_empty(&now))
        call_end(LIST_OF(struct call, node, list_shift(&now)), NULL, e);
}

/* Those that cannot be asked at all have no words; their verbs know why. */
static void end_bad(struct site_link *k)
{
    const struct err none = {.code = ERR_INTERNAL};
    struct list all;
    list_init(&all);
    while (!list_empty(&k->waiting))
        list_append(&all, list_shift(&k->waiting));
    while (!list_empty(&all)) {
        struct call *c = LIST_OF(struct call, node, list_shift(&all));
        if (c->in.len || c->forward)
            list_append(&k->waiting, &c->node);
        else
            call_end(c, NULL, &none);
    }
}

static void on_step(void *arg)
{
    struct site_link *k = arg;
    end_bad(k);
    if (list_empty(&k->waiting) || (k->connection && !connection_want(k->connection)))
        return;
    while (!list_empty(&k->waiting) && k->running_count < CALLS_AT_ONCE)
        call_start(LIST_OF(struct call, node, k->waiting.next));
}

static void on_settled(void *arg)
{
    struct site_link *k = arg;
    struct err e;
    enum site_state state = connection_state(k->connection);
    const char *message = connection_message(k->connection);
    set_state(k, state, message);
    if (state == SITE_UP) {
        on_step(k);
        return;
    }
    bool login = state == SITE_NEEDS_LOGIN;
    err_refuse(&e, login ? ERR_SITE_LOGIN : ERR_SITE_AWAY, "%s", message ? message : "the connection was lost");
    if (login)
        err_hint(&e, "`docket site login` opens the connection from a terminal, where ssh can ask");
    fail_waiting(k, &e);
}

/* ---- life */

struct site_link *site_link_new(struct loop *l, const struct site_options *o, site_changed_fn *on_change, void *arg)
{
    struct site_link *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    k->loop = l;
    k->kind = find_kind(o->kind);
    assert(k->kind);
    k->on_change = on_change;
    k->arg = arg;
    list_init(&k->waiting);
    list_init(&k->running);
    loop_timer_init(l, &k->step, on_step, k);
    if (has_host(o))
        k->connection = connection_new(l, o, on_settled, k);
    return k;
}

void site_link_free(struct site_link *k)
{
    struct err e;
    if (!k)
        return;
    err_refuse(&e, ERR_STOPPING, "the server is stopping");
    k->on_change = NULL;
    while (!list_empty(&k->running))
        call_end(LIST_OF(struct call, node, k->running.next), NULL, &e);
    while (!list_empty(&k->waiting))
        call_end(LIST_OF(struct call, node, k->waiting.next), NULL, &e);
    loop_timer_stop(&k->step);
    connection_free(k->connection);
    for (int i = 0; i < k->doubt_count; i++)
        free(k->doubts[i].key);
    free(k->doubts);
    for (size_t i = 0; i < k->cache_count; i++) {
        free(k->cache[i].key);
        free(k->cache[i].settings);
    }
    free(k->cache);
    free(k);
}

enum site_state site_link_state(const struct site_link *k) { return k->state; }
const char *site_link_message(const struct site_link *k) { return k->message[0] ? k->message : NULL; }
const char *site_control(const struct site_link *k) { return k->connection ? connection_path(k->connection) : NULL; }
bool site_has_scheduler(const struct site_link *k) { return k->kind->has_scheduler; }

void site_link_retry(struct site_link *k)
{
    if (k->connection)
        connection_retry(k->connection);
}

/* ---- words of calls */

static void put_word(struct buf *b, const char *word)
{
    buf_putc(b, ' ');
    text_shell_word(b, word);
}

static void put_folder(struct buf *b, const char *hash, int64_t n) { buf_printf(b, " %s_%lld", hash, (long long)n); }

/* ---- starting */

struct start_call {
    struct call call;
    far_start_fn *fn;
    struct err bad; /* it cannot be asked */
};

static void tell_start(struct start_call *s, enum far_started outcome, const char *batch, const struct err *e)
{
    struct far_start told = {.outcome = outcome, .batch = batch ? batch : ""};
    if (e)
        told.err = *e;
    s->fn(s->call.arg, &told);
}

static void read_started(struct start_call *s, char *lines)
{
    static const char STARTED[] = "started\t";
    struct err e = {0};
    char *rest = lines, *line;
    while ((line = strsep(&rest, "\n"))) {
        bool has_batch = strncmp(line, STARTED, sizeof STARTED - 1) == 0;
        const char *batch = has_batch ? line + sizeof STARTED - 1 : "";
        if (has_batch && (!*batch || far_number(batch, '\0') != NONE)) {
            tell_start(s, FAR_STARTED, batch, NULL);
            return;
        }
        if (strcmp(line, "taken") == 0) {
            err_refuse(&e, ERR_SITE_REFUSED, "its folder is another's");
            tell_start(s, FAR_TAKEN, NULL, &e);
            return;
        }
    }
    err_refuse(&e, ERR_SITE_AWAY, "the answer makes no sense");
    tell_start(s, FAR_UNKNOWN, NULL, &e);
}

static void on_start_answer(struct call *c, struct far_reply *r, const struct err *e)
{
    struct start_call *s = (struct start_call *)c;
    struct err trouble = {0};
    if (!r)
        tell_start(s, s->bad.code ? FAR_REFUSED : FAR_UNKNOWN, NULL, s->bad.code ? &s->bad : e);
    else if (far_read_trouble(r->lines, &trouble))
        tell_start(s, trouble.code == ERR_SITE_REFUSED ? FAR_REFUSED : FAR_UNKNOWN, NULL, &trouble);
    else
        read_started(s, r->lines);
}

/* Is it a job that can be said to a far side? */
static int check_job(const struct far_job *j, int64_t files, struct err *e)
{
    const struct far_name name = {j->app, j->hash, j->n, j->unique, NULL};
    int r = far_check_name(&name, e);
    if (r)
        return r;
    CLEANUP(buf_done) struct buf quoted = {0};
    buf_printf(&quoted, "\"%s\"", j->unique);
    if (strchr(j->settings, '\n') || !strstr(j->settings, buf_text(&quoted)))
        return err_refuse(e, ERR_INTERNAL, "the settings of a job must be one line and hold its submission");
    if (files > LIMIT_JOB_FILES)
        return err_refuse(e, ERR_TOO_LARGE, "the directory of a job may have %d bytes", LIMIT_JOB_FILES);
    return 0;
}

static void compose_start(struct call *c, const struct far_job *j, int64_t files)
{
    CLEANUP(buf_done) struct buf call = {0};
    size_t token = j->token ? strlen(j->token) : 0;
    int64_t walltime = j->walltime_us > 0 ? (j->walltime_us + CLOCK_SECOND - 1) / CLOCK_SECOND : 0;
    buf_puts(&call, "far_start");
    put_word(&call, j->app);
    put_folder(&call, j->hash, j->n);
    put_word(&call, j->unique);
    buf_printf(&call, " %s %lld %zu %zu %zu %lld", c->link->kind->how, (long long)walltime, strlen(j->settings), strlen(j->script),
               token, (long long)files);
    for (const char *const *o = j->options; o && *o; o++)
        put_word(&call, *o);
    far_compose(&c->in, buf_text(&call));
    buf_puts(&c->in, j->settings);
    buf_puts(&c->in, j->script);
    if (token)
        buf_puts(&c->in, j->token);
}

/* The size of a regular file, from whose beginning it is then read; -1. */
static int64_t rewind_file(int fd)
{
    struct stat s;
    if (fstat(fd, &s) || !S_ISREG(s.st_mode) || lseek(fd, 0, SEEK_SET) != 0)
        return -1;
    return s.st_size;
}

void site_start(struct site_link *k, const struct far_job *j, far_start_fn *fn, void *arg)
{
    struct start_call *s = call_new(k, sizeof *s, on_start_answer, arg);
    int64_t files = j->files_fd < 0 ? -1 : rewind_file(j->files_fd);
    s->fn = fn;
    s->call.in_fd = j->files_fd;
    s->call.limit_us = UPLOAD_US;
    if (j->files_fd >= 0 && files < 0)
        err_refuse(&s->bad, ERR_INTERNAL, "the directory of a job must be a regular file");
    else if (check_job(j, files, &s->bad) == 0)
        compose_start(&s->call, j, files);
    call_submit(&s->call);
}

/* ---- looking */

/* Names that outlive the caller's. */
struct look_call {
    struct call call;
    struct arena arena;
    far_look_fn *fn;
    struct look_ask ask;
    struct look_answer answer;
    int64_t now_us, asked_us, epoch;
    bool settings_asked;
    struct err bad;
    char *text; /* the first answer, which what was found points into */
};

static void look_drop(struct call *c)
{
    struct look_call *l = (struct look_call *)c;
    arena_done(&l->arena);
    free(l->text);
}

static char *key_of(struct arena *a, const char *app, const char *name) { return arena_printf(a, "%s/%s", app, name); }

static int compare_cached(const void *a, const void *b)
{
    return strcmp(((const struct cached *)a)->key, ((const struct cached *)b)->key);
}

static struct cached *find_cached(const struct site_link *k, const char *key)
{
    const struct cached wanted = {.key = (char *)key};
    return k->cache_count ? bsearch(&wanted, k->cache, k->cache_count, sizeof wanted, compare_cached) : NULL;
}

static void add_cached(void *arg, const char *app, const char *name, const char *settings)
{
    struct look_call *l = arg;
    struct site_link *k = l->call.link;
    if (k->cache_count == k->cache_room) {
        k->cache_room = k->cache_room ? k->cache_room * 2 : 64;
        k->cache = realloc(k->cache, k->cache_room * sizeof *k->cache);
        if (!k->cache)
            abort();
    }
    struct cached *c = &k->cache[k->cache_count];
    *c = (struct cached){strdup(key_of(&l->arena, app, name)), strdup(settings), true};
    if (!c->key || !c->settings)
        abort();
    k->cache_count++;
}

/* Of those that were not named; what is no longer there is forgotten. */
static void refresh_cache(struct look_call *l)
{
    struct site_link *k = l->call.link;
    size_t kept = 0;
    for (size_t i = 0; i < k->cache_count; i++)
        k->cache[i].found = false;
    for (int i = 0; i < l->answer.count; i++) {
        const struct look_found *f = &l->answer.found[i];
        struct cached *c = f->index < 0 ? find_cached(k, key_of(&l->arena, f->app, f->name)) : NULL;
        if (c)
            c->found = true;
    }
    for (size_t i = 0; i < k->cache_count; i++) {
        if (k->cache[i].found) {
            k->cache[kept++] = k->cache[i];
            continue;
        }
        free(k->cache[i].key);
        free(k->cache[i].settings);
    }
    k->cache_count = kept;
}

/* The call for the settings of those that are new here; false: there are none. */
static bool compose_settings(struct look_call *l, struct buf *call)
{
    const char *app = NULL;
    int count = 0;
    for (int i = 0; i < l->answer.count && count < SETTINGS_AT_ONCE; i++) { /* sorted by app */
        const struct look_found *f = &l->answer.found[i];
        if (f->index >= 0 || find_cached(l->call.link, key_of(&l->arena, f->app, f->name)))
            continue;
        if (!app || strcmp(app, f->app) != 0) {
            buf_puts(call, app ? "\nfar_settings" : "far_settings");
            put_word(call, f->app);
            app = f->app;
        }
        put_word(call, f->name);
        count++;
    }
    return count > 0;
}

/* Is this still so after a minute? Its place in the list of doubts is kept as long as it is in doubt. */
static bool is_lost(struct site_link *k, struct doubt *now, int *count, const char *key, int64_t now_us)
{
    struct doubt *d = &now[(*count)++];
    *d = (struct doubt){strdup(key), now_us};
    if (!d->key)
        abort();
    for (int i = 0; i < k->doubt_count; i++)
        if (strcmp(k->doubts[i].key, key) == 0) {
            d->since_us = k->doubts[i].since_us;
            return now_us - d->since_us >= DOUBT_US;
        }
    return false;
}

static int64_t to_ours(const struct site_link *k, int64_t seconds)
{
    return seconds == NONE || seconds > INT64_C(100000000000) ? NONE : seconds * CLOCK_SECOND + k->offset_us;
}

static void fill_state(struct look_call *l, const struct look_found *f, struct doubt *doubts, int *doubt_count, struct far_state *out)
{
    struct site_link *k = l->call.link;
    struct far_verdict v;
    k->kind->judge(&f->seen, &v);
    const char *key = key_of(&l->arena, f->app, f->name);
    if (v.doubt && f->index >= 0 && is_lost(k, doubts, doubt_count, key, l->now_us)) {
        v.state = JOB_LOST;
        snprintf(v.reason, sizeof v.reason, "%s", v.doubt);
    }
    const struct cached *c = f->index < 0 ? find_cached(k, key) : NULL;
    *out = (struct far_state){
        .app = f->app,
        .hash = arena_copy(&l->arena, f->name, strcspn(f->name, "_")),
        .n = f->n,
        .settings = c ? c->settings : NULL,
        .known = f->index >= 0,
        .index = f->index,
        .state = v.state,
        .reason = v.reason[0] ? arena_strdup(&l->arena, v.reason) : NULL,
        .batch = f->batch,
        .exitcode = v.exitcode,
        .started_us = to_ours(k, v.began),
        .finished_us = to_ours(k, v.ended),
    };
}

static void keep_doubts(struct site_link *k, struct doubt *now, int count)
{
    for (int i = 0; i < k->doubt_count; i++)
        free(k->doubts[i].key);
    free(k->doubts);
    k->doubts = now;
    k->doubt_count = count;
}

static void tell_look(struct look_call *l)
{
    struct site_link *k = l->call.link;
    struct far_look look = {.offset_us = k->offset_us, .message = l->answer.message};
    struct far_state *states = arena_array(&l->arena, (size_t)l->answer.count + 1, sizeof *states);
    struct doubt *doubts = calloc((size_t)l->answer.count + 1, sizeof *doubts);
    int doubt_count = 0;
    if (!doubts)
        abort();
    for (int i = 0; i < l->answer.count; i++) {
        struct far_state *s = &states[look.count];
        fill_state(l, &l->answer.found[i], doubts, &doubt_count, s);
        look.count += s->known || s->settings;
    }
    keep_doubts(k, doubts, doubt_count);
    look.states = states;
    l->fn(l->call.arg, &look);
}

static void fail_look(struct look_call *l, const struct err *e)
{
    const struct far_look look = {.err = e};
    l->fn(l->call.arg, &look);
}

static void note_offset(struct site_link *k, int64_t ours_us, int64_t epoch)
{
    int64_t offset = ours_us - epoch * CLOCK_SECOND, change = offset - k->offset_us;
    if (change > -DRIFT_US && change < DRIFT_US)
        return; /* times that were told stay as they were */
    k->offset_us = offset > -DRIFT_US && offset < DRIFT_US ? 0 : offset;
}

static void on_settings_answer(struct call *c, struct far_reply *r, const struct err *e);

/* Asks on with what it has, as the same look. */
static bool ask_settings(struct look_call *l)
{
    CLEANUP(buf_done) struct buf call = {0};
    if (!compose_settings(l, &call))
        return false;
    struct look_call *more = call_new(l->call.link, sizeof *more, on_settings_answer, l->call.arg);
    struct call begun = more->call;
    *more = *l;
    more->call = begun;
    more->call.drop = look_drop;
    l->arena = (struct arena){0};
    l->text = NULL;
    far_compose(&more->call.in, buf_text(&call));
    call_submit(&more->call);
    return true;
}

static void on_settings_answer(struct call *c, struct far_reply *r, const struct err *e)
{
    struct look_call *l = (struct look_call *)c;
    if (!r) {
        fail_look(l, e);
        return;
    }
    look_read_settings(r, add_cached, l);
    if (c->link->cache_count)
        qsort(c->link->cache, c->link->cache_count, sizeof *c->link->cache, compare_cached);
    tell_look(l);
}

static void on_look_answer(struct call *c, struct far_reply *r, const struct err *e)
{
    struct look_call *l = (struct look_call *)c;
    struct err trouble = {0};
    if (!r) {
        fail_look(l, l->bad.code ? &l->bad : e);
        return;
    }
    struct far_reply kept = *r;
    l->text = malloc(r->n + 1);
    if (!l->text)
        abort();
    memcpy(l->text, r->lines, r->n + 1);
    kept.lines = l->text;
    kept.boot = arena_strdup(&l->arena, r->boot);
    note_offset(c->link, l->now_us + clock_mono_us() - l->asked_us, r->epoch);
    if (look_read(&kept, &l->ask, &l->arena, &l->answer, &trouble)) {
        fail_look(l, &trouble);
        return;
    }
    refresh_cache(l);
    if (!ask_settings(l))
        tell_look(l);
}

static void copy_ask(struct look_call *l, const char *const *apps, int app_count, const struct far_name *known, int known_count)
{
    const char **names = arena_array(&l->arena, (size_t)app_count + 1, sizeof *names);
    struct far_name *copies = arena_array(&l->arena, (size_t)known_count + 1, sizeof *copies);
    for (int i = 0; i < app_count; i++)
        names[i] = arena_strdup(&l->arena, apps[i]);
    for (int i = 0; i < known_count; i++)
        copies[i] = (struct far_name){arena_strdup(&l->arena, known[i].app), arena_strdup(&l->arena, known[i].hash), known[i].n,
                                      arena_strdup(&l->arena, known[i].unique), arena_strdup(&l->arena, known[i].batch)};
    l->ask = (struct look_ask){names, app_count, copies, known_count};
}

void site_look(struct site_link *k, const char *const *apps, int app_count, const struct far_name *known, int known_count,
               int64_t now_us, far_look_fn *fn, void *arg)
{
    CLEANUP(buf_done) struct buf call = {0};
    struct look_call *l = call_new(k, sizeof *l, on_look_answer, arg);
    l->fn = fn;
    l->now_us = now_us;
    l->asked_us = clock_mono_us();
    l->call.drop = look_drop;
    for (int i = 0; i < app_count && !l->bad.code; i++)
        far_check_app(apps[i], &l->bad);
    for (int i = 0; i < known_count && !l->bad.code; i++)
        far_check_name(&known[i], &l->bad);
    copy_ask(l, apps, app_count, known, known_count);
    if (!l->bad.code) {
        look_compose(&call, k->kind, &l->ask);
        far_compose(&l->call.in, buf_text(&call));
    }
    call_submit(&l->call);
}

/* ---- cancelling, cleaning */

struct done_call {
    struct call call;
    far_done_fn *fn;
    struct err bad;
};

static void on_done_answer(struct call *c, struct far_reply *r, const struct err *e)
{
    struct done_call *d = (struct done_call *)c;
    struct err trouble = {0};
    if (!r)
        d->fn(c->arg, d->bad.code ? &d->bad : e);
    else
        d->fn(c->arg, far_read_trouble(r->lines, &trouble) ? &trouble : NULL);
}

static void submit_done(struct done_call *d, const struct buf *call)
{
    if (!d->bad.code)
        far_compose(&d->call.in, buf_text(call));
    call_submit(&d->call);
}

void site_cancel(struct site_link *k, const struct far_name *jobs, int count, far_done_fn *fn, void *arg)
{
    CLEANUP(buf_done) struct buf call = {0};
    struct done_call *d = call_new(k, sizeof *d, on_done_answer, arg);
    d->fn = fn;
    buf_printf(&call, "far_cancel %s", k->kind->how);
    for (int i = 0; i < count && far_check_name(&jobs[i], &d->bad) == 0; i++) {
        put_word(&call, jobs[i].app);
        put_folder(&call, jobs[i].hash, jobs[i].n);
        put_word(&call, jobs[i].unique);
    }
    submit_done(d, &call);
}

void site_clean(struct site_link *k, const struct far_name *jobs, int count, far_done_fn *fn, void *arg)
{
    CLEANUP(buf_done) struct buf call = {0};
    struct done_call *d = call_new(k, sizeof *d, on_done_answer, arg);
    d->fn = fn;
    buf_puts(&call, "far_clean");
    for (int i = 0; i < count && far_check_name(&jobs[i], &d->bad) == 0; i++) {
        put_word(&call, jobs[i].app);
        put_folder(&call, jobs[i].hash, jobs[i].n);
    }
    submit_done(d, &call);
}

/* ---- reading */

/* Bytes go to the file as they come: first the head is taken off, and the last few are held back, for they may be the trailer. */
struct read_call {
    struct call call;
    far_done_fn *fn;
    struct err bad;
    int out_fd;
    int64_t max, written;
    struct buf held;
    bool begun, too_large;
    int write_error;
};

static void read_drop(struct call *c) { buf_done(&((struct read_call *)c)->held); }

/* Bytes of the head that can be passed over; 0: it is not all there. */
static size_t head_of(const struct buf *b)
{
    static const char BYTES[] = "\nbytes\n";
    const char *at = memmem(b->data, b->len, BYTES, sizeof BYTES - 1);
    return at ? (size_t)(at - b->data) + sizeof BYTES - 1 : 0;
}

static bool write_out(struct read_call *d, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t some = write(d->out_fd, d->held.data + at, n - at);
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0) {
            d->write_error = errno;
            return false;
        }
        at += (size_t)some;
    }
    d->written += (int64_t)n;
    buf_drop(&d->held, n);
    d->too_large = d->written > d->max;
    return !d->too_large;
}

static bool on_read_out(void *arg, const char *bytes, size_t n)
{
    struct read_call *d = arg;
    buf_add(&d->held, bytes, n);
    if (!d->begun) {
        size_t head = head_of(&d->held);
        if (!head)
            return d->held.len < HEAD_MAX;
        buf_drop(&d->held, head);
        d->begun = true;
    }
    return d->held.len <= TRAILER_ROOM || write_out(d, d->held.len - TRAILER_ROOM);
}

/* Is what was held back the end of an answer? The bytes before it are written. */
static bool take_trailer(struct read_call *d)
{
    static const char GOOD[] = "\nread 0\nend\n";
    size_t n = sizeof GOOD - 1;
    if (!d->begun || d->held.len < n || memcmp(d->held.data + d->held.len - n, GOOD, n) != 0)
        return false;
    return write_out(d, d->held.len - n);
}

static void on_read_answer(struct call *c, struct far_reply *r, const struct err *e)
{
    struct read_call *d = (struct read_call *)c;
    struct err why = d->bad.code ? d->bad : *e;
    char cause[TEXT_CAUSE_BYTES];
    bool done = r && take_trailer(d);
    if (!done && d->write_error)
        err_refuse(&why, ERR_INTERNAL, "could not keep what was read: %s", text_cause(d->write_error, cause));
    else if (!done && d->too_large)
        err_refuse(&why, ERR_TOO_LARGE, "there is more than %lld bytes of it", (long long)d->max);
    else if (!done && r && !(d->held.data && far_read_trouble(buf_text(&d->held), &why)))
        err_refuse(&why, ERR_SITE_AWAY, "the connection was lost before all was read");
    d->fn(c->arg, done ? NULL : &why);
}

static const char *const PARTS[] = {[FAR_STDOUT] = "stdout", [FAR_STDERR] = "stderr", [FAR_FILES] = "files"};

void site_read(struct site_link *k, const struct far_name *job, enum far_part part, int64_t from, int64_t max, int out_fd,
               far_done_fn *fn, void *arg)
{
    CLEANUP(buf_done) struct buf call = {0};
    struct read_call *d = call_new(k, sizeof *d, on_read_answer, arg);
    d->fn = fn;
    d->out_fd = out_fd;
    d->max = max;
    d->call.on_out = on_read_out;
    d->call.drop = read_drop;
    d->call.limit_us = UPLOAD_US;
    if (far_check_name(job, &d->bad) == 0) {
        buf_puts(&call, "far_read");
        put_word(&call, job->app);
        put_folder(&call, job->hash, job->n);
        buf_printf(&call, " %s %lld %lld", PARTS[part], (long long)(from > 0 ? from : 0), (long long)max);
        far_compose(&d->call.in, buf_text(&call));
    }
    call_submit(&d->call);
}

/* ---- any script, a port */

struct run_call {
    struct call call;
    far_answer_fn *fn;
};

static void on_run_answer(struct call *c, struct far_reply *r, const struct err *e)
{
    const struct far_answer answer = {
        .err = r ? NULL : e, .text = r ? r->lines : "", .n = r ? r->n : 0, .home = r ? r->home : "",
    };
    ((struct run_call *)c)->fn(c->arg, &answer);
}

void site_run(struct site_link *k, const char *script, int in_fd, int64_t limit_us, far_answer_fn *fn, void *arg)
{
    CLEANUP(buf_done) struct buf call = {0};
    struct run_call *r = call_new(k, sizeof *r, on_run_answer, arg);
    r->fn = fn;
    r->call.in_fd = in_fd;
    r->call.limit_us = limit_us ? limit_us : 60 * CLOCK_SECOND;
    buf_printf(&call, "(\ncd\n%s\n)", script);
    far_compose(&r->call.in, buf_text(&call));
    call_submit(&r->call);
}

struct port_call {
    struct call call;
    far_port_fn *fn;
    int port;
};

static void on_port_answer(struct call *c, struct far_reply *r, const struct err *e)
{
    struct port_call *p = (struct port_call *)c;
    struct err why;
    int64_t port = p->port;
    if (r && c->link->connection && !port)
        port = far_number(r->lines, '\n');
    bool fits = port > 0 && port <= 65535;
    if (r && !fits)
        err_refuse(&why, ERR_SITE_REFUSED, "ssh does not say which port it forwards");
    p->fn(c->arg, r && fits ? NULL : r ? &why : e, fits ? (int)port : 0);
}

void site_forward(struct site_link *k, int local_port, int far_port, far_port_fn *fn, void *arg)
{
    struct port_call *p = call_new(k, sizeof *p, on_port_answer, arg);
    p->fn = fn;
    p->port = k->connection ? far_port : local_port;
    p->call.forward = k->connection != NULL;
    snprintf(p->call.option, sizeof p->call.option, "127.0.0.1:%d:127.0.0.1:%d", far_port, local_port);
    if (!k->connection)
        far_compose(&p->call.in, ":");
    call_submit(&p->call);
}
