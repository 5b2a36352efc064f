/* docket tables reset: tables that have ended are worked on again. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/tables_reset.h"

#define AT(member) offsetof(struct tables_reset_options, member)
static const struct option OPTIONS[] = {
    {"errors", 0, OPTION_FLAG, NULL, AT(errors), 0, 0, "those that ended without a result"},
    {"missing", 0, OPTION_TEXT, "all|part", AT(missing), 0, 0, "those of whose targets none is mapped, or not every one"},
    {"of", 0, OPTION_TEXT, "cea|cta|cpa", AT(of), 0, 0, "targets of this kind; cea"},
    {"dry-run", 0, OPTION_FLAG, NULL, AT(dry_run), 0, 0, "only say which tables that would be"},
    TABLES_OPTIONS(struct tables_reset_options),
};

static int run_reset(struct verb_call *call, struct err *e);

const struct verb tables_reset = {
    .name = "tables reset",
    .arguments = "QUEUE",
    .summary = "have tables worked on again",
    .help = "Only tables that have ended; what is mapped and what was handed in stays until\n"
            "there is something newer. The journal tells who did it.\n\n"
            "  docket tables reset round1 --errors --dry-run\n"
            "  docket tables reset round1 --missing all --of cta\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct tables_reset_options),
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_reset,
};

static int check(const struct tables_reset_options *o, struct err *e)
{
    if (o->errors + (o->missing != NULL) != 1) {
        int r = err_refuse(e, ERR_USAGE, "which tables? One of --errors and --missing all|part");
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

static int list(struct connection *c, const struct tables_reset_options *o, const char *queue, struct err *e)
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
static json_t *body_of(const struct tables_reset_options *o)
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

static int reset(struct connection *c, const struct tables_reset_options *o, const char *queue, struct err *e)
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

static int run_reset(struct verb_call *call, struct err *e)
{
    const struct tables_reset_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    const char *queue;
    int r = check(o, e);
    if (!r)
        r = tables_connect(call, &o->base, &c, &queue, e);
    if (r)
        return r;
    return o->dry_run ? list(&c, o, queue, e) : reset(&c, o, queue, e);
}
