/* See ask.h. Waiting grows by half from a short pause to a long one, so little is neither asked too often nor
 * answered late. */
#include "cli/ask.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"

enum { SHORT_MS = 20, LONG_MS = 1000, PATIENCE_S = 30 };

static void on_due(void *arg) { *(bool *)arg = true; }

void ask_pause(struct loop *l, int64_t us)
{
    bool due = false;
    struct loop_timer timer;
    loop_timer_init(l, &timer, on_due, &due);
    loop_timer_set(&timer, clock_mono_us() + us);
    while (!due)
        loop_turn(l, -1);
}

static int64_t longer(int64_t us)
{
    us += us / 2;
    return us < LONG_MS * CLOCK_MS ? us : LONG_MS * CLOCK_MS;
}

/* Hands out one page; its cursor, or NULL if it was the last. */
static int take_page(struct arena *a, const json_t *page, const char *name, ask_item_fn *fn, void *arg,
                     const char **out_cursor, struct err *e)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(page, name), i, item) {
        int r = fn(arg, item, e);
        if (r)
            return r;
    }
    const json_t *next = json_object_get(page, "next");
    if (json_is_integer(next))
        *out_cursor = arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(next));
    else
        *out_cursor = json_is_string(next) ? client_encode(a, json_string_value(next)) : NULL;
    return 0;
}

int ask_pages(struct client *c, const char *path, const char *name, ask_item_fn *fn, void *arg, struct err *e)
{
    return ask_pages_by(c, path, "cursor", name, fn, arg, e);
}

int ask_pages_by(struct client *c, const char *path, const char *parameter, const char *name, ask_item_fn *fn, void *arg,
                 struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    const char *cursor = NULL;
    do {
        CLEANUP(json_drop) json_t *page = NULL;
        const char *url = cursor ? arena_printf(&arena, "%s&%s=%s", path, parameter, cursor) : path;
        int r = client_call(c, "GET", url, NULL, &page, e);
        if (!r)
            r = take_page(&arena, page, name, fn, arg, &cursor, e);
        if (r)
            return r == ASK_ENOUGH ? 0 : r;
    } while (cursor);
    return 0;
}

struct patient {
    bool over;
    int r;
    json_t *body;
    struct err *e;
};

static void on_late_reply(void *arg, const struct client_reply *reply)
{
    struct patient *p = arg;
    bool good = reply->status && reply->status < 400;
    p->over = true;
    p->r = good ? 0 : reply->status ? (int)reply->err.code : -ERR_SERVER_AWAY;
    if (good)
        p->body = json_incref(reply->body);
    else
        *p->e = reply->err;
}

int ask_patiently(struct loop *l, struct client *c, const char *path, const json_t *body, int64_t patience_us, json_t **out_body,
                  struct err *e)
{
    struct patient p = {.e = e};
    client_send(c, "POST", path, body, patience_us, on_late_reply, &p);
    while (!p.over)
        loop_turn(l, -1);
    if (p.r == 0)
        *out_body = p.body;
    return p.r;
}

int ask_queue(struct client *c, const char *queue, json_t **out_body, struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    return client_call(c, "GET", client_queue_path(&arena, queue, ""), NULL, out_body, e);
}

int64_t ask_count(const json_t *queue, const char *state)
{
    return json_integer_value(json_object_get(json_object_get(queue, "counts"), state));
}

int64_t ask_unfinished(const json_t *queue)
{
    return ask_count(queue, "waiting") + ask_count(queue, "pending") + ask_count(queue, "running");
}

/* Is the operation still in the queue's list? */
static bool is_listed(const json_t *queue, json_int_t operation)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(queue, "operations"), i, item)
        if (json_integer_value(json_object_get(item, "id")) == operation)
            return true;
    return false;
}

static int follow(struct loop *l, struct client *c, const char *queue, json_int_t operation, struct err *e)
{
    for (int64_t pause_us = SHORT_MS * CLOCK_MS;; pause_us = longer(pause_us)) {
        CLEANUP(json_drop) json_t *body = NULL;
        int r = ask_queue(c, queue, &body, e);
        if (r || !is_listed(body, operation))
            return r;
        ask_pause(l, pause_us);
    }
}

/* A count of an answer; -1: it has none. */
static int64_t count_of(const json_t *answer, const char *name)
{
    const json_t *count = json_object_get(answer, name);
    return json_is_integer(count) ? json_integer_value(count) : -1;
}

int ask_change(struct loop *l, struct client *c, const char *queue, const char *what, const json_t *body,
               struct ask_changed *out_changed, struct err *e)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    const char *path = client_queue_path(&arena, queue, arena_printf(&arena, "/%s", what));
    int r = client_call(c, "POST", path, body, &answer, e);
    if (r)
        return r;
    const json_t *operation = json_object_get(answer, "operation");
    *out_changed = (struct ask_changed){count_of(answer, "changed"), count_of(answer, "live")};
    return operation ? follow(l, c, queue, json_integer_value(operation), e) : 0;
}

struct sending {
    bool answered;
    int status;
    json_t *body;
    struct err err;
};

static void on_answer(void *arg, const struct client_reply *reply)
{
    struct sending *s = arg;
    s->answered = true;
    s->status = reply->status;
    s->body = reply->body ? json_incref(reply->body) : NULL;
    s->err = reply->err;
}

static int put_lines(struct loop *l, struct client *c, const char *path, const char *bytes, size_t n, json_t **out_body,
                     struct err *e)
{
    struct sending s = {0};
    client_send_bytes(c, "PUT", path, "application/x-ndjson", bytes, n, 0, on_answer, &s);
    while (!s.answered)
        loop_turn(l, -1);
    if (s.status >= 200 && s.status < 300) {
        *out_body = s.body;
        return 0;
    }
    json_decref(s.body);
    *e = s.err;
    return s.status ? (int)s.err.code : -(int)s.err.code;
}

int ask_put_lines(struct loop *l, struct client *c, const char *path, const char *bytes, size_t n, json_t **out_body,
                  struct err *e)
{
    int64_t until_us = clock_mono_us() + PATIENCE_S * CLOCK_SECOND, pause_us = SHORT_MS * CLOCK_MS;
    for (;; pause_us = longer(pause_us)) {
        int r = put_lines(l, c, path, bytes, n, out_body, e);
        bool may_pass = r && (e->code == ERR_SERVER_AWAY || e->code == ERR_STOPPING || e->code == ERR_COMMIT_UNKNOWN);
        if (!may_pass || clock_mono_us() + pause_us > until_us)
            return r;
        ask_pause(l, pause_us);
    }
}

bool ask_is_dataset(const json_t *queue)
{
    const char *kind = json_string_value(json_object_get(queue, "kind"));
    return kind && strcmp(kind, "tables") == 0;
}
