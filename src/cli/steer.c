/* See steer.h. */
#include "cli/steer.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/ask.h"

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

/* The ids among the arguments and the filter as the body of the request. */
static int make_body(const struct verb_call *call, const struct steer_options *o, json_t *body, struct err *e)
{
    if (call->arg_count > LIMIT_IDS)
        return err_refuse(e, ERR_USAGE, "at most %d ids at once", LIMIT_IDS);
    if (call->arg_count && (!task_filter_is_empty(&o->filter) || o->all || o->killed))
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
    if (o->killed)
        json_object_set_new(body, "killed", json_true());
    return 0;
}

static void print_changed(const struct steer_options *o, int64_t changed, const char *done)
{
    CLEANUP(buf_done) struct buf b = {0};
    if (o->json) {
        json_t *number = changed < 0 ? json_null() : json_integer(changed);
        CLEANUP(json_drop) json_t *answer = json_pack("{s:o}", "changed", number);
        out_json(answer);
        return;
    }
    if (changed < 0)
        buf_puts(&b, "all of those tasks");
    else
        out_count(&b, changed, "task", "tasks");
    printf("%s %s\n", buf_text(&b), done);
}

int steer_change(struct verb_call *call, const char *what, const char *done, struct err *e)
{
    struct steer_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = json_object();
    const char *queue;
    int64_t changed;
    int r = connect_queue(call, &o->connect, &queue, e);
    if (!r)
        r = task_filter_check(&o->filter, &c.arena, e);
    if (!r)
        r = make_body(call, o, body, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = ask_change(c.loop, c.client, queue, what, body, &changed, e);
    if (!r)
        print_changed(o, changed, done);
    return r;
}
