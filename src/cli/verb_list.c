/* docket list: the queues, a line each, in qdo's columns and one for killed tasks; called as qdo, without that one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/verb.h"

struct list_options {
    struct connect_options connect;
    bool names, qdo, json;
};

static const struct list_options QDO_DEFAULTS = {.qdo = true};

static const struct option OPTIONS[] = {
    {"names", 0, OPTION_FLAG, NULL, offsetof(struct list_options, names), 0, 0, "only their names, a line each"},
    CONNECT_OPTIONS(offsetof(struct list_options, connect)),
    OUT_JSON_OPTION(struct list_options),
};

static int run_list(struct verb_call *call, struct err *e);

const struct verb verb_list = {
    .name = "list",
    .arguments = "",
    .summary = "the queues and how far they are",
    .help = "  docket list\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct list_options),
    .qdo_defaults = &QDO_DEFAULTS,
    .flags = VERB_OPENS_DATA,
    .run = run_list,
};

enum { NAME_COLUMNS = 20 };

static const struct column {
    const char *title, *state;
    int columns;
} COLUMNS[] = {
    {"Waiting", "waiting", 7},     {"Pending", "pending", 8}, {"Running", "running", 8},
    {"Succeeded", "succeeded", 9}, {"Failed", "failed", 8},   {"Killed", "killed", 8},
};

/* Programs read qdo's columns by their place: the last is not theirs. */
static size_t column_count(const struct list_options *o) { return COUNT_OF(COLUMNS) - o->qdo; }

static void print_queue(const struct list_options *o, const json_t *queue)
{
    const char *name = json_string_value(json_object_get(queue, "queue"));
    const char *state = json_string_value(json_object_get(queue, "state"));
    bool is_long = name && strlen(name) > NAME_COLUMNS;
    if (is_long)
        out_safe(stdout, name); /* a name is never cut: it is what the other verbs want */
    else
        out_cell(stdout, name, NAME_COLUMNS);
    printf(" %8s", state && strcmp(state, "paused") == 0 ? "Paused" : "Active");
    for (size_t i = 0; i < column_count(o); i++)
        printf(" %*" PRId64, COLUMNS[i].columns, ask_count(queue, COLUMNS[i].state));
    putchar('\n');
}

static void print_name(const json_t *queue)
{
    out_safe(stdout, json_string_value(json_object_get(queue, "queue")));
    putchar('\n');
}

static void print_header(const struct list_options *o)
{
    printf("%-*s %8s", NAME_COLUMNS, "QueueName", "State");
    for (size_t i = 0; i < column_count(o); i++)
        printf(" %*s", COLUMNS[i].columns, COLUMNS[i].title);
    putchar('\n');
}

static int run_list(struct verb_call *call, struct err *e)
{
    struct list_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    size_t i;
    json_t *queue;
    int r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = client_call(c.client, "GET", "/api/v1/queues", NULL, &answer, e);
    if (r)
        return r;
    if (o->json) {
        out_json(answer);
        return 0;
    }
    if (!o->names)
        print_header(o);
    json_array_foreach(json_object_get(answer, "queues"), i, queue)
        if (o->names)
            print_name(queue);
        else
            print_queue(o, queue);
    return 0;
}
