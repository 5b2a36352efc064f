/* docket add: one task. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/connect.h"
#include "cli/fields.h"
#include "cli/new_task.h"
#include "cli/out.h"
#include "cli/verb.h"

struct add_options {
    struct connect_options connect;
    struct new_task_options task;
    const char *key;
    bool json;
};

/* Tasks of qdo run where their worker does. */
static const struct add_options QDO_DEFAULTS = {.task.anywhere = true};

#define AT(member) offsetof(struct add_options, member)
static const struct option OPTIONS[] = {
    {"key", 0, OPTION_TEXT, "KEY", AT(key), 0, 0, "adding a task with this key again adds nothing"},
    NEW_TASK_PRIORITY_OPTION(AT(task)),
    NEW_TASK_OPTIONS(AT(task)),
    NEW_TASK_LATER_OPTIONS(AT(task)),
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct add_options),
};

static int run_add(struct verb_call *call, struct err *e);

const struct verb verb_add = {
    .name = "add",
    .arguments = "QUEUE -- COMMAND [WORD…]",
    .summary = "add one task, print its id",
    .help = "A single word is taken as the text of a shell command; several are quoted, so\n"
            "that the command gets the same words. The queue is made if it is missing.\n"
            "It runs in the current directory; added as qdo, where its worker does; or --cwd.\n\n"
            "  docket add pictures -- convert 'my cat.png' cat.jpg\n"
            "  docket add pictures 'for f in *.png; do convert $f $f.jpg; done'\n"
            "  docket add pictures --after 17 --after key:index --not-before +30m -- make album\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct add_options),
    .qdo_defaults = &QDO_DEFAULTS,
    .args_min = 2,
    .args_max = -1,
    .flags = VERB_OPENS_DATA,
    .run = run_add,
};

static int make_task(const struct verb_call *call, const struct add_options *o, json_t **out_task, struct err *e)
{
    CLEANUP(buf_done) struct buf command = {0};
    CLEANUP(json_drop) json_t *base = NULL;
    fields_command(call->args + 1, call->arg_count - 1, &command);
    int r = new_task_check(buf_text(&command), command.len, e);
    if (!r)
        r = new_task_base(&o->task, &base, e);
    if (!r && o->key && !text_is_utf8(o->key, strlen(o->key)))
        r = err_refuse(e, ERR_USAGE, "--key must be UTF-8");
    if (r)
        return r;
    *out_task = new_task_with(base, buf_text(&command), command.len);
    if (o->key)
        json_object_set_new(*out_task, "key", json_string(o->key));
    return 0;
}

static int run_add(struct verb_call *call, struct err *e)
{
    struct add_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *task = NULL, *answer = NULL;
    int r = connect_check_queue(call->args[0], e);
    if (!r)
        r = make_task(call, o, &task, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = client_call(c.client, "POST", client_queue_path(&c.arena, call->args[0], "/tasks"), task, &answer, e);
    if (r)
        return r;
    if (o->json)
        out_json(answer);
    else
        printf("%" PRId64 "\n", (int64_t)json_integer_value(json_array_get(json_object_get(answer, "ids"), 0)));
    return 0;
}
