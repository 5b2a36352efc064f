/* See steer.h. */
#include "cli/steer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/one_queue.h"

const struct steer_options STEER_DEFAULTS = {.older_us = -1};

int steer_switch(struct verb_call *call, const char *what, const char *done, struct err *e)
{
    struct steer_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *answer = NULL, *nothing = json_object();
    const char *queue;
    int r = connect_queue(call, &o->connect, &queue, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = client_call(c.client, "POST", client_queue_path(&c.arena, queue, arena_printf(&c.arena, "/%s", what)),
                        nothing, &answer, e);
    if (r)
        return r;
    if (o->json) {
        out_json(answer);
    } else {
        out_safe(stdout, queue);
        printf(" is %s\n", done);
    }
    return 0;
}

static bool has_filter(const struct steer_options *o)
{
    return !task_filter_is_empty(&o->filter) || o->killed || o->dead || o->older_us >= 0;
}

bool steer_chooses(const struct verb_call *call)
{
    const struct steer_options *o = call->options;
    return call->arg_count > (o->connect.run ? 0 : 1) || has_filter(o);
}

static int put_priority(const struct steer_options *o, json_t *body, struct err *e)
{
    char *end;
    if (!o->priority)
        return 0;
    long n = strtol(o->priority, &end, 10);
    if (end == o->priority || *end || n < -LIMIT_PRIORITY || n > LIMIT_PRIORITY)
        return err_refuse(e, ERR_USAGE, "--priority is an integer from %d to %d, not '%s'", -LIMIT_PRIORITY,
                          LIMIT_PRIORITY, o->priority);
    json_object_set_new(body, "priority", json_integer(n));
    return 0;
}

/* What goes with one verb or another. */
static int put_more(const struct steer_options *o, json_t *body, struct err *e)
{
    if (o->killed)
        json_object_set_new(body, "killed", json_true());
    if (o->force)
        json_object_set_new(body, "force", json_true());
    if (o->dead)
        json_object_set_new(body, "dead", json_true());
    if (o->older_us >= 0)
        json_object_set_new(body, "older_than_seconds", json_real((double)o->older_us / CLOCK_SECOND));
    return put_priority(o, body, e);
}

/* The ids among the arguments and the filter as the body of the request. */
static int make_body(const struct verb_call *call, const struct steer_options *o, json_t *body, struct err *e)
{
    if (call->arg_count > LIMIT_IDS)
        return err_refuse(e, ERR_USAGE, "at most %d ids at once", LIMIT_IDS);
    if (call->arg_count && (has_filter(o) || o->all))
        return err_refuse(e, ERR_USAGE, "either ids or options that choose tasks, not both");
    if (call->arg_count)
        json_object_set_new(body, "ids", json_array());
    for (int i = 0; i < call->arg_count; i++) {
        int64_t id;
        int r = task_filter_id(call->args[i], &id, e);
        if (r)
            return r;
        json_array_append_new(json_object_get(body, "ids"), json_integer(id));
    }
    task_filter_put(&o->filter, body);
    return put_more(o, body, e);
}

static void print_changed_json(const struct ask_changed *changed)
{
    json_t *number = changed->tasks < 0 ? json_null() : json_integer(changed->tasks);
    CLEANUP(json_drop) json_t *answer = json_pack("{s:o}", "changed", number);
    if (changed->live >= 0)
        json_object_set_new(answer, "live", json_integer(changed->live));
    out_json(answer);
}

static void print_changed(const struct ask_changed *changed, const char *done)
{
    CLEANUP(buf_done) struct buf b = {0};
    if (changed->tasks < 0)
        buf_puts(&b, "all of those tasks");
    else
        out_count(&b, changed->tasks, "task", "tasks");
    buf_printf(&b, " %s", done);
    if (changed->live > 0) {
        buf_puts(&b, ", ");
        text_count(&b, changed->live);
        buf_puts(&b, " of them from a live worker");
    }
    puts(buf_text(&b));
}

int steer_change(struct verb_call *call, const char *what, const char *done, struct err *e)
{
    struct steer_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = json_object();
    const char *queue;
    struct ask_changed changed;
    int r = connect_queue(call, &o->connect, &queue, e);
    if (!r)
        r = task_filter_check(&o->filter, &c.arena, e);
    if (!r)
        r = make_body(call, o, body, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = ask_change(c.loop, c.client, queue, what, body, &changed, e);
    if (!r && o->json)
        print_changed_json(&changed);
    else if (!r)
        print_changed(&changed, done);
    return r;
}

int steer_refuse_all(struct verb_call *call, const char *what, struct err *e)
{
    const struct steer_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = NULL;
    CLEANUP(buf_done) struct buf count = {0};
    const char *queue;
    int r = one_queue_read(call, &o->connect, &c, &queue, &body, e);
    if (r)
        return r;
    out_count(&count, ask_unfinished(body), "task", "tasks");
    r = err_refuse(e, ERR_USAGE, "that would %s all of %s: %s", what, queue, buf_text(&count));
    err_hint(e, "if so, add --all; else name ids, --state, --exitcode or --worker");
    return r;
}
