/* docket tables reset: tables that have ended are worked on again. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/tables_replace.h"
#include "cli/tables_verb.h"

struct reset_options {
    struct tables_options base;
    bool errors, dry_run;
    const char *missing, *of, *tables;
};

#define AT(member) offsetof(struct reset_options, member)
static const struct option OPTIONS[] = {
    {"errors", 0, OPTION_FLAG, NULL, AT(errors), 0, 0, "those that ended without a result"},
    {"missing", 0, OPTION_TEXT, "all|part", AT(missing), 0, 0, "those of whose targets none is mapped, or not every one"},
    {"of", 0, OPTION_TEXT, "cea|cta|cpa", AT(of), 0, 0, "targets of this kind; cea"},
    {"tables", 0, OPTION_TEXT, "DIR", AT(tables), 0, 0, "those that have a file NAME.csv in DIR, which is what is in them from now on"},
    {"dry-run", 0, OPTION_FLAG, NULL, AT(dry_run), 0, 0, "only say which tables that would be"},
    TABLES_OPTIONS(struct reset_options),
};

static int run_reset(struct verb_call *call, struct err *e);

const struct verb tables_reset = {
    .name = "tables reset",
    .arguments = "QUEUE",
    .summary = "have tables worked on again",
    .help = "Only tables that have ended; what is mapped and what was handed in stays until\n"
            "there is something newer. The journal tells who did it. With --tables the names of\n"
            "files that are no table, and tables that a runner holds at the moment, are told\n"
            "and left as they are.\n\n"
            "  docket tables reset round1 --errors --dry-run\n"
            "  docket tables reset round1 --missing all --of cta\n"
            "  docket tables reset round1 --tables mended\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct reset_options),
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_reset,
};

static int check(const struct reset_options *o, struct err *e)
{
    if (o->errors + (o->missing != NULL) + (o->tables != NULL) != 1) {
        int r = err_refuse(e, ERR_USAGE, "which tables? One of --errors, --missing all|part and --tables DIR");
        err_hint(e, "see first what it would be: --dry-run");
        return r;
    }
    if (o->of && !o->missing)
        return err_refuse(e, ERR_USAGE, "--of goes with --missing only");
    return 0;
}

/* Dry ------------------------------------------------------------------------------------------------------------- */
struct listing {
    struct arena *arena;
    bool json;
    int64_t count;
};

static int on_table(void *arg, const json_t *table, struct err *e)
{
    struct listing *l = arg;
    l->count++;
    if (l->json)
        out_json(table);
    else
        printf("%s\n", out_field(l->arena, table, "table"));
    return ferror(stdout) ? ASK_ENOUGH : 0;
}

static int list(struct connection *c, const struct reset_options *o, const char *queue, struct err *e)
{
    CLEANUP(buf_done) struct buf count = {0};
    struct listing l = {&c->arena, o->base.json, 0};
    const char *filter = "&errors=1";
    if (o->missing)
        filter = arena_printf(&c->arena, "&missing=%s&of=%s", client_encode(&c->arena, o->missing),
                              client_encode(&c->arena, o->of ? o->of : "cea"));
    int r = tables_each(c, queue, filter, on_table, &l, e);
    out_count(&count, l.count, "table", "tables");
    if (!r)
        fprintf(stderr, "%s would be worked on again\n", buf_text(&count));
    return r;
}

/* Done ------------------------------------------------------------------------------------------------------------ */
static json_t *body_of(const struct reset_options *o)
{
    json_t *body = json_object();
    if (o->errors)
        json_object_set_new(body, "errors", json_true());
    if (o->missing)
        json_object_set_new(body, "missing", json_string(o->missing));
    if (o->of)
        json_object_set_new(body, "of", json_string(o->of));
    return body;
}

static void print(const struct ask_changed *changed)
{
    CLEANUP(buf_done) struct buf b = {0};
    if (changed->tasks < 0)
        buf_puts(&b, "all of those tables");
    else
        out_count(&b, changed->tasks, "table", "tables");
    printf("%s will be worked on again\n", buf_text(&b));
}

static int reset(struct connection *c, const struct reset_options *o, const char *queue, struct err *e)
{
    CLEANUP(json_drop) json_t *body = body_of(o), *told = NULL;
    struct ask_changed changed;
    int r = ask_change(c->loop, c->client, queue, "reset", body, &changed, e);
    if (r)
        return r;
    if (o->base.json) {
        told = json_pack("{s:o}", "changed", changed.tasks < 0 ? json_null() : json_integer(changed.tasks));
        out_json(told);
    } else {
        print(&changed);
    }
    return 0;
}

/* Replaced -------------------------------------------------------------------------------------------------------- */
/* What was left out goes to stderr, a line each. Returns how many. */
static size_t tell_left(const json_t *told, const char *what, const char *words)
{
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(told, what), i, name) {
        fputs("docket: ", stderr);
        out_safe(stderr, json_string_value(name));
        fprintf(stderr, " %s\n", words);
    }
    return json_array_size(json_object_get(told, what));
}

static void print_replaced(const json_t *told, bool dry)
{
    CLEANUP(buf_done) struct buf b = {0};
    size_t i;
    json_t *name;
    const json_t *replaced = json_object_get(told, "replaced");
    if (dry)
        json_array_foreach(replaced, i, name) {
            out_safe(stdout, json_string_value(name));
            putchar('\n');
        }
    out_count(&b, (int64_t)json_array_size(replaced), "table", "tables");
    fprintf(dry ? stderr : stdout, "%s: other content, to be worked on again\n", buf_text(&b));
}

static int replace(struct verb_call *call, struct connection *c, const struct reset_options *o, const char *queue, struct err *e)
{
    CLEANUP(json_drop) json_t *told = NULL;
    int r = tables_replace(c, queue, o->tables, o->dry_run, &told, e);
    if (r)
        return r;
    if (o->base.json)
        out_json(told);
    else
        print_replaced(told, o->dry_run);
    size_t left = tell_left(told, "unknown", "is no table of the dataset: its file was left out");
    left += tell_left(told, "held", "is held by a runner at the moment, and stays as it is");
    call->status = left ? 1 : 0;
    return 0;
}

static int run_reset(struct verb_call *call, struct err *e)
{
    const struct reset_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    const char *queue;
    int r = check(o, e);
    if (!r)
        r = tables_connect(call, &o->base, &c, &queue, e);
    if (r)
        return r;
    if (o->tables)
        return replace(call, &c, o, queue, e);
    return o->dry_run ? list(&c, o, queue, e) : reset(&c, o, queue, e);
}
