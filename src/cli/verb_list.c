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
    const char *user;
    bool all, names, qdo, json;
};

static const struct list_options QDO_DEFAULTS = {.qdo = true};

static const struct option OPTIONS[] = {
    {"user", 0, OPTION_TEXT, "NAME", offsetof(struct list_options, user), 0, 0, "those of this account; for admins"},
    {"all", 0, OPTION_FLAG, NULL, offsetof(struct list_options, all), 0, 0, "everybody's, as OWNER/QUEUE; for admins"},
    {"names", 0, OPTION_FLAG, NULL, offsetof(struct list_options, names), 0, 0, "only their names, a line each"},
    CONNECT_OPTIONS(offsetof(struct list_options, connect)),
    OUT_JSON_OPTION(struct list_options),
};

static int run_list(struct verb_call *call, struct err *e);

const struct verb verb_list = {
    .name = "list",
    .arguments = "",
    .summary = "the queues and how far they are",
    .help = "Your own, unless told otherwise.\n\n"
            "  docket list\n"
            "  docket list --all\n",
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

/* What the other verbs want: the name, and where anybody's are listed, whose. */
static const char *name_of(struct arena *a, const struct list_options *o, const json_t *queue)
{
    const char *name = out_field(a, queue, "queue");
    return o->all || o->user ? arena_printf(a, "%s/%s", out_field(a, queue, "owner"), name) : name;
}

static void print_queue(struct arena *a, const struct list_options *o, const json_t *queue)
{
    const char *name = name_of(a, o, queue), *state = json_string_value(json_object_get(queue, "state"));
    if (strlen(name) > NAME_COLUMNS)
        out_safe(stdout, name); /* a name is never cut */
    else
        out_cell(stdout, name, NAME_COLUMNS);
    printf(" %8s", state && strcmp(state, "paused") == 0 ? "Paused" : "Active");
    for (size_t i = 0; i < column_count(o); i++)
        printf(" %*" PRId64, COLUMNS[i].columns, ask_count(queue, COLUMNS[i].state));
    fputs(!o->qdo && ask_is_dataset(queue) ? "  tables\n" : "\n", stdout);
}

static void print_name(struct arena *a, const struct list_options *o, const json_t *queue)
{
    out_safe(stdout, name_of(a, o, queue));
    putchar('\n');
}

static void print_header(const struct list_options *o)
{
    printf("%-*s %8s", NAME_COLUMNS, "QueueName", "State");
    for (size_t i = 0; i < column_count(o); i++)
        printf(" %*s", COLUMNS[i].columns, COLUMNS[i].title);
    putchar('\n');
}

struct listing {
    struct connection *c;
    const struct list_options *o;
};

static void print_page(const struct listing *l, const json_t *page)
{
    size_t i;
    json_t *queue;
    if (l->o->json)
        out_json(page);
    else
        json_array_foreach(json_object_get(page, "queues"), i, queue)
            (l->o->names ? print_name : print_queue)(&l->c->arena, l->o, queue);
}

/* The queues of user (NULL: one's own), page by page. */
static int list_of(const struct listing *l, const char *user, struct err *e)
{
    struct arena *a = &l->c->arena;
    const char *base = user ? arena_printf(a, "/api/v1/users/%s/queues", client_encode(a, user)) : "/api/v1/queues";
    const char *after = "";
    while (after) {
        CLEANUP(json_drop) json_t *page = NULL;
        int r = client_call(l->c->client, "GET", arena_printf(a, "%s%s", base, after), NULL, &page, e);
        if (r)
            return r;
        print_page(l, page);
        const char *next = json_string_value(json_object_get(page, "next"));
        after = next ? arena_printf(a, "?after=%s", client_encode(a, next)) : NULL;
    }
    return 0;
}

static int on_user(void *arg, const json_t *user, struct err *e)
{
    const struct listing *l = arg;
    return list_of(l, out_field(&l->c->arena, user, "user"), e);
}

static int run_list(struct verb_call *call, struct err *e)
{
    struct list_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    struct listing listing = {&c, o};
    if (o->all && o->user)
        return err_refuse(e, ERR_USAGE, "--all and --user do not go together");
    int r = connect_open(&c, call, &o->connect, e);
    if (r)
        return r;
    if (!o->names && !o->json)
        print_header(o);
    return o->all ? ask_pages(c.client, "/api/v1/users?", "users", on_user, &listing, e) : list_of(&listing, o->user, e);
}
