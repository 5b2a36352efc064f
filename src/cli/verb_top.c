/* docket top: a live view of queues and workers; without a terminal, or with --once, one look at them.
 *
 * Everything is driven by the loop: keys, the timer of the next round, answers, signals. What they change is drawn once
 * at the end of a turn. The server may go and come back: what is known stays on the screen with a line that says so. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/keys.h"
#include "cli/out.h"
#include "cli/terminal.h"
#include "cli/top_view.h"
#include "cli/verb.h"

enum { ESCAPE_MS = 50, PAGE_STEP = 10, TO_THE_END = 1 << 30 };

struct top_options {
    struct connect_options connect;
    bool once, json;
    int64_t interval_us;
};

static const struct top_options DEFAULTS = {.interval_us = 2 * CLOCK_SECOND};

static const struct option OPTIONS[] = {
    {"once", 0, OPTION_FLAG, NULL, offsetof(struct top_options, once), 0, 0, "one look, as plain text"},
    {"interval", 0, OPTION_SECONDS, "S", offsetof(struct top_options, interval_us), 0, 3600,
     "seconds between looks; 2, at least 0.2"},
    CONNECT_OPTIONS(offsetof(struct top_options, connect)),
    OUT_JSON_OPTION(struct top_options),
};

static int run_top(struct verb_call *call, struct err *e);

const struct verb verb_top = {
    .name = "top",
    .arguments = "",
    .summary = "a live view of queues and workers",
    .help = "Queues with their counts, rate and time left (and the interval it lies in with 80 %\n"
            "certainty); Enter shows a queue's workers and why its tasks failed. Keys: q quit,\n"
            "arrows or j k, Enter, Esc back, s sort, p pause or resume, ? help. Where there is no\n"
            "terminal, or with --once or --json, one look is printed.\n\n"
            "  docket top\n"
            "  docket top --once --json | jq '.queues[].counts'\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct top_options),
    .defaults = &DEFAULTS,
    .run = run_top,
};

struct top {
    struct loop *loop;
    const struct top_options *options;
    struct connection connection;
    struct top_data data;
    struct top_view view;
    struct keys keys;
    struct loop_timer next, rest;    /* the next round; the end of a lone escape */
    struct client_request *steering; /* a pause or resume under way */
    const char *what;                /* "pause" or "resume": what is being asked, or done */
    char about[TOP_NAME_BYTES];      /* the queue it is about */
    bool asking, due, dirty, quit;
    int signal;                      /* what ended it; 0: a key */
};

/* What is drawn */

static int64_t wall_us(void)
{
    struct clock now;
    clock_init(&now, 0);
    return clock_now_us(&now);
}

static void draw(struct top *t)
{
    struct top_page page = {.terminal = true};
    terminal_size(&page.width, &page.height);
    top_view_draw(&t->view, &t->data, wall_us(), &page);
    t->quit |= !terminal_write(&page.out);
    t->dirty = false;
    buf_done(&page.out);
}

__attribute__((format(printf, 2, 3))) static void note(struct top *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(t->view.note, sizeof t->view.note, format, args);
    va_end(args);
    t->dirty = true;
}

/* What is asked */

static void on_next(void *arg)
{
    struct top *t = arg;
    t->due = true;
}

static void on_change(void *arg)
{
    struct top *t = arg;
    t->dirty = true;
    int64_t pause_us = t->data.away && t->options->interval_us > CLOCK_SECOND ? CLOCK_SECOND : t->options->interval_us;
    loop_timer_set(&t->next, clock_mono_us() + pause_us);
}

/* Not from a callback: looking for a server that has moved waits for an answer. */
static void look(struct top *t)
{
    t->due = false;
    if (top_data_is_asking(&t->data) || t->steering)
        return;
    if (t->data.away)
        connect_again(&t->connection);
    if (!t->quit)
        top_data_ask(&t->data, t->connection.client);
}

static void on_steered(void *arg, const struct client_reply *reply)
{
    struct top *t = arg;
    bool done = reply->status && reply->status < 400;
    t->steering = NULL;
    if (done)
        note(t, "%s %s", t->about, strcmp(t->what, "pause") == 0 ? "is paused" : "goes on");
    else
        note(t, "%s", reply->err.text);
    t->due = true;
}

static void steer(struct top *t)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(json_drop) json_t *nothing = json_object();
    if (t->steering || t->data.away) {
        note(t, "the server is away");
        return;
    }
    const char *path = client_queue_path(&a, t->about, arena_printf(&a, "/%s", t->what));
    t->steering = client_send(t->connection.client, "POST", path, nothing, 0, on_steered, t);
    note(t, "%s …", t->about);
}

/* Keys */

static void ask_to_steer(struct top *t)
{
    const json_t *queue = top_view_chosen(&t->view, &t->data);
    if (!queue)
        return;
    const char *state = json_string_value(json_object_get(queue, "state"));
    t->what = state && strcmp(state, "paused") == 0 ? "resume" : "pause";
    snprintf(t->about, sizeof t->about, "%s", t->view.chosen);
    t->asking = true;
    note(t, "%s %s? y n", t->what, strchr(t->about, '/') + 1);
}

static void answer_steer(struct top *t, int key)
{
    t->asking = false;
    t->view.note[0] = '\0';
    if (key == 'y' || key == 'Y')
        steer(t);
}

static void enter_queue(struct top *t)
{
    if (t->view.inside || !top_view_chosen(&t->view, &t->data))
        return;
    t->view.inside = true;
    t->view.scroll = 0;
    top_data_look_into(&t->data, t->view.chosen);
    t->due = true;
}

static void go_back(struct top *t)
{
    if (!t->view.help && t->view.inside) {
        t->view.inside = false;
        t->view.scroll = 0;
        top_data_look_into(&t->data, NULL);
    }
    t->view.help = false;
}

static void on_key(struct top *t, int key)
{
    t->dirty |= key != KEY_NONE;
    if (key == KEY_NONE)
        return;
    if (t->asking) {
        answer_steer(t, key);
        return;
    }
    t->view.note[0] = '\0';
    switch (key) {
    case 'q': t->quit = true; break;
    case 'k': case KEY_UP: top_view_move(&t->view, &t->data, -1); break;
    case 'j': case KEY_DOWN: top_view_move(&t->view, &t->data, 1); break;
    case KEY_PAGE_UP: top_view_move(&t->view, &t->data, -PAGE_STEP); break;
    case KEY_PAGE_DOWN: top_view_move(&t->view, &t->data, PAGE_STEP); break;
    case KEY_HOME: top_view_move(&t->view, &t->data, -TO_THE_END); break;
    case KEY_END: top_view_move(&t->view, &t->data, TO_THE_END); break;
    case KEY_ENTER: enter_queue(t); break;
    case KEY_ESCAPE: go_back(t); break;
    case 's': t->view.sort = (t->view.sort + 1) % TOP_SORTS; break;
    case 'p': ask_to_steer(t); break;
    case '?': t->view.help = !t->view.help; break;
    }
}

static void on_rest(void *arg)
{
    struct top *t = arg;
    on_key(t, keys_rest(&t->keys));
}

static void on_input(void *arg, uint32_t events)
{
    struct top *t = arg;
    char bytes[256];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        t->quit = true; /* the terminal has gone */
        t->signal = SIGHUP;
    }
    for (ssize_t i = 0; i < n; i++)
        on_key(t, keys_take(&t->keys, bytes[i]));
    loop_timer_set(&t->rest, clock_mono_us() + ESCAPE_MS * CLOCK_MS);
}

/* Signals */

static void on_resize(void *arg, int signal_number) { ((struct top *)arg)->dirty = true; }

static void on_end(void *arg, int signal_number)
{
    struct top *t = arg;
    t->signal = signal_number;
    t->quit = true;
}

/* Ctrl-Z: the shell gets its terminal back, and we take it again when we go on. */
static void on_stop(void *arg, int signal_number)
{
    struct top *t = arg;
    terminal_leave();
    raise(SIGSTOP);
    t->quit |= !terminal_enter();
    t->dirty = true;
}

static const struct {
    int signal;
    loop_signal_fn *fn;
} SIGNALS[] = {{SIGWINCH, on_resize}, {SIGINT, on_end},   {SIGTERM, on_end},
               {SIGHUP, on_end},      {SIGQUIT, on_end}, {SIGTSTP, on_stop}};

static void watch(struct top *t, bool on)
{
    for (size_t i = 0; i < COUNT_OF(SIGNALS); i++)
        loop_signal(t->loop, SIGNALS[i].signal, on ? SIGNALS[i].fn : NULL, t);
    if (on)
        loop_fd_set(t->loop, STDIN_FILENO, EPOLLIN, on_input, t);
    else
        loop_fd_remove(t->loop, STDIN_FILENO);
}

static void live(struct top *t)
{
    watch(t, true);
    t->quit = !terminal_enter();
    t->dirty = t->due = true;
    while (!t->quit) {
        if (t->due)
            look(t);
        if (t->dirty)
            draw(t);
        if (!t->quit)
            loop_turn(t->loop, -1);
    }
    terminal_leave();
    watch(t, false);
    loop_timer_stop(&t->next);
    loop_timer_stop(&t->rest);
}

/* One look */

static int look_once(struct top *t, struct err *e)
{
    t->dirty = false;
    top_data_ask(&t->data, t->connection.client);
    while (!t->dirty)
        loop_turn(t->loop, -1);
    loop_timer_stop(&t->next);
    if (!t->data.trouble.code)
        return 0;
    *e = t->data.trouble;
    return t->data.away ? -(int)e->code : (int)e->code;
}

static void add_workers(json_t *all, const struct top_data *d)
{
    size_t i;
    json_t *worker;
    json_array_foreach(d->workers, i, worker) {
        json_t *copy = json_copy(worker);
        json_object_set_new(copy, "queue", json_string(d->of));
        json_array_append_new(all, copy);
    }
}

static int ask_workers(struct top *t, const char *queue, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    const char *path = client_queue_path(&a, queue, "/workers?limit=1000");
    int r = client_call(t->connection.client, "GET", path, NULL, &answer, e);
    if (r)
        return r;
    top_data_look_into(&t->data, queue);
    t->data.workers = json_incref(json_object_get(answer, "workers"));
    t->data.more_workers = json_is_string(json_object_get(answer, "next"));
    return 0;
}

/* The workers of each queue that has any: told on the page, or added to all. */
static int look_inside(struct top *t, struct top_page *page, json_t *all, struct err *e)
{
    CLEANUP(json_drop) json_t *queues = json_incref(t->data.queues);
    char name[TOP_NAME_BYTES];
    size_t i;
    json_t *queue;
    json_array_foreach(queues, i, queue) {
        if (!out_int(queue, "workers"))
            continue;
        int r = ask_workers(t, top_data_name(queue, name), e);
        if (r)
            return r;
        if (t->options->json)
            add_workers(all, &t->data);
        else
            top_view_tell_inside(&t->data, wall_us(), page);
    }
    return 0;
}

static int snapshot(struct top *t, struct err *e)
{
    struct top_page page = {.width = SIZE_MAX, .height = SIZE_MAX};
    CLEANUP(json_drop) json_t *workers = json_array();
    int r = look_once(t, e);
    if (!r && !t->options->json)
        top_view_tell(&t->view, &t->data, wall_us(), &page);
    CLEANUP(json_drop) json_t *health = json_copy(t->data.health), *queues = json_incref(t->data.queues);
    if (!r)
        r = look_inside(t, &page, workers, e);
    if (!r && t->options->json) {
        json_object_set_new(health, "url", json_string(t->data.url));
        CLEANUP(json_drop) json_t *all = json_pack("{s:O, s:O, s:O}", "server", health, "queues", queues, "workers", workers);
        out_json(all);
    } else if (!r) {
        fwrite(buf_text(&page.out), 1, page.out.len, stdout);
    }
    buf_done(&page.out);
    return r;
}

static void top_done(struct top *t)
{
    connect_close(&t->connection);
    top_data_done(&t->data);
}

static int run_top(struct verb_call *call, struct err *e)
{
    const struct top_options *o = call->options;
    CLEANUP(top_done) struct top t = {.loop = call->loop, .options = o};
    top_data_init(&t.data, on_change, &t);
    loop_timer_init(call->loop, &t.next, on_next, &t);
    loop_timer_init(call->loop, &t.rest, on_rest, &t);
    if (o->interval_us < CLOCK_SECOND / 5)
        return err_refuse(e, ERR_USAGE, "--interval is at least 0.2");
    int r = connect_open(&t.connection, call, &o->connect, e);
    if (r)
        return r;
    if (o->once || o->json || !terminal_is_one())
        return snapshot(&t, e);
    live(&t);
    call->status = t.signal ? 128 + t.signal : 0;
    return 0;
}
