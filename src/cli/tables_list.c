/* docket tables list: the datasets, a line each. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/tables_verb.h"

static const struct option OPTIONS[] = {TABLES_OPTIONS(struct tables_plain)};

static int run_list(struct verb_call *call, struct err *e);

const struct verb tables_list = {
    .name = "tables list",
    .arguments = "",
    .summary = "the datasets and how far they are",
    .help = "Those that you may see, in the order they were made in; * marks the one that\n"
            "runners are given where they name none. Left is what is neither done nor failed,\n"
            "the last columns how much of the targets of each kind is mapped.\n\n"
            "  docket tables list\n",
    TABLES_PLAIN,
    .run = run_list,
};

enum { NAME_COLUMNS = 28 };

static void print_dataset(struct arena *a, const json_t *dataset)
{
    const json_t *tables = json_object_get(dataset, "tables"), *mappings = json_object_get(dataset, "mappings");
    const char *mark = json_is_true(json_object_get(dataset, "default")) ? "*" : "";
    out_cell(stdout, arena_printf(a, "%s/%s%s", out_field(a, dataset, "owner"), out_field(a, dataset, "queue"), mark), NAME_COLUMNS);
    printf(" %7s %9s %9s %9s %9s", out_field(a, dataset, "state"), out_field(a, tables, "total"), out_field(a, tables, "result"),
           out_field(a, tables, "error"), out_field(a, tables, "unfinished"));
    for (int i = 0; i < TABLES_KINDS; i++) {
        CLEANUP(buf_done) struct buf percent = {0};
        tables_percent(json_object_get(mappings, TABLES_KIND[i]), &percent);
        printf(" %8s", buf_text(&percent));
    }
    putchar('\n');
}

struct listing {
    struct arena *arena;
    bool json, any;
};

static int on_dataset(void *arg, const json_t *dataset, struct err *e)
{
    struct listing *l = arg;
    if (l->json) {
        out_json(dataset);
        return 0;
    }
    if (!l->any)
        printf("%-*s %7s %9s %9s %9s %9s %8s %8s %8s\n", NAME_COLUMNS, "Dataset", "State", "Tables", "Results", "Errors", "Left", "CEA",
               "CTA", "CPA");
    l->any = true;
    print_dataset(l->arena, dataset);
    return 0;
}

static int run_list(struct verb_call *call, struct err *e)
{
    const struct tables_plain *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    struct listing listing = {&c.arena, o->base.json, false};
    int r = connect_open(&c, call, &o->base.connect, e);
    if (!r)
        r = ask_pages_by(c.client, arena_printf(&c.arena, "/api/v1/datasets?limit=%d", LIMIT_PAGE), "after", "datasets", on_dataset,
                         &listing, e);
    if (!r && !listing.any && !o->base.json)
        puts("there are no datasets: docket tables import DIR --queue Q makes one");
    return r;
}
