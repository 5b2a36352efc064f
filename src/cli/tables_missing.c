/* docket tables missing: tables that have ended and lack mappings, those that lack the most first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/tables_verb.h"

struct missing_options {
    struct tables_options base;
    bool all;
};

static const struct option OPTIONS[] = {
    {"all", 0, OPTION_FLAG, NULL, offsetof(struct missing_options, all), 0, 0, "however many there are, not the first ten"},
    TABLES_OPTIONS(struct missing_options),
};

static int run_missing(struct verb_call *call, struct err *e);

const struct verb tables_missing = {
    .name = "tables missing",
    .arguments = "QUEUE",
    .summary = "tables that ended with targets that are not mapped",
    .help = "For each kind of targets those that lack the most, with how many are mapped.\n"
            "`docket tables reset` has them worked on again.\n\n"
            "  docket tables missing round1\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct missing_options),
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_missing,
};

enum { SHOWN = 10 };

struct lacking {
    const char *name;
    int64_t mapped, total;
};

struct gathering {
    struct arena *arena;
    const char *kind;
    bool json;
    struct lacking *all;
    size_t count, room;
};

static int on_table(void *arg, const json_t *table, struct err *e)
{
    struct gathering *g = arg;
    const json_t *kind = json_object_get(json_object_get(table, "coverage"), g->kind);
    if (g->json) {
        out_json(table);
        return 0;
    }
    if (g->count == g->room) {
        struct lacking *larger = arena_array(g->arena, 2 * g->room + 64, sizeof *larger);
        if (g->count)
            memcpy(larger, g->all, g->count * sizeof *larger);
        g->all = larger;
        g->room = 2 * g->room + 64;
    }
    g->all[g->count++] = (struct lacking){out_field(g->arena, table, "table"), out_int(kind, "mapped"), out_int(kind, "total")};
    return 0;
}

static int more_missing_first(const void *a, const void *b)
{
    const struct lacking *x = a, *y = b;
    int64_t lacks_x = x->total - x->mapped, lacks_y = y->total - y->mapped;
    return lacks_x != lacks_y ? (lacks_x < lacks_y) - (lacks_x > lacks_y) : strcmp(x->name, y->name);
}

static void print(struct gathering *g, bool all)
{
    CLEANUP(buf_done) struct buf b = {0};
    size_t none = 0;
    for (size_t i = 0; i < g->count; i++)
        none += !g->all[i].mapped;
    qsort(g->all, g->count, sizeof *g->all, more_missing_first);
    out_count(&b, (int64_t)g->count, "table", "tables");
    buf_puts(&b, g->count == 1 ? " lacks some, " : " lack some, ");
    text_count(&b, (int64_t)none);
    printf("%s: %s of them all\n", g->kind, buf_text(&b));
    for (size_t i = 0; i < g->count && (all || i < SHOWN); i++)
        printf("  %6lld of %-6lld  %s\n", (long long)g->all[i].mapped, (long long)g->all[i].total, g->all[i].name);
    if (!all && g->count > SHOWN)
        printf("  and %zu more: --all\n", g->count - SHOWN);
}

static int one_kind(struct connection *c, const struct missing_options *o, const char *queue, const char *kind, struct err *e)
{
    struct gathering g = {.arena = &c->arena, .kind = kind, .json = o->base.json};
    int r = tables_each(c, queue, arena_printf(&c->arena, "&missing=part&of=%s", kind), on_table, &g, e);
    if (!r && g.count)
        print(&g, o->all);
    else if (!r && !g.json)
        printf("%s: nothing is missing\n", kind);
    return r;
}

static int run_missing(struct verb_call *call, struct err *e)
{
    const struct missing_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    const char *queue;
    int r = tables_connect(call, &o->base, &c, &queue, e);
    for (int i = 0; !r && i < TABLES_KINDS; i++)
        r = one_kind(&c, o, queue, TABLES_KIND[i], e);
    return r;
}
